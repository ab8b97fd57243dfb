# SPDX-License-Identifier: Apache-2.0
"""Test benches: stream players around a unit, on Verilator with cocotb or on Amaranth's own simulator."""
