# SPDX-License-Identifier: Apache-2.0
"""Faults in the running simulation of a core."""
