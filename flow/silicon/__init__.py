# SPDX-License-Identifier: Apache-2.0
"""Area and energy in standard cells and SRAM macros."""
