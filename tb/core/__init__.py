"""The bench of the core."""
