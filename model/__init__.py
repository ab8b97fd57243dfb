# SPDX-License-Identifier: Apache-2.0
"""The golden reference, and what everybody shares: configuration, network, image, encoding."""
