# SPDX-License-Identifier: Apache-2.0
"""From a network to the image of a core build."""
