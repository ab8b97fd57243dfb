# SPDX-License-Identifier: Apache-2.0
"""Pruning toward the limits of a core."""
