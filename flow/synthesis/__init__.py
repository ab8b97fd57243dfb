# SPDX-License-Identifier: Apache-2.0
"""Verilog and FPGA synthesis."""
