# SPDX-License-Identifier: Apache-2.0
"""The delay units compared: memory, cycles, area and energy, beside the published formulas."""
