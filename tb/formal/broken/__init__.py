# SPDX-License-Identifier: Apache-2.0
"""Broken variants of the RTL, each of which a proof must reject."""
