"""The bench of the delay units."""
