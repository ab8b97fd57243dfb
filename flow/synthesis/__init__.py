"""Verilog and FPGA synthesis."""
