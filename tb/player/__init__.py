"""Plays streams through any component, on Verilator or on Amaranth's own simulator."""
