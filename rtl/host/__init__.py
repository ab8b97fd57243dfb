# SPDX-License-Identifier: Apache-2.0
"""A fabric behind standard buses."""
