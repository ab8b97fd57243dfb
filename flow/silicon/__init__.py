"""Area and energy in standard cells and SRAM macros."""
