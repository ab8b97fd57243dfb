# SPDX-License-Identifier: Apache-2.0
"""Plays streams through any component, on Verilator or on Amaranth's own simulator."""
