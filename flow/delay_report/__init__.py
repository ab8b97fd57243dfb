"""The delay units compared: memory, cycles, area and energy, beside the published formulas."""
