"""Properties of the delay units."""
