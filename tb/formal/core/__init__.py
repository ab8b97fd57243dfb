"""Properties of the core and its blocks."""
