"""Pruning toward the limits of a core."""
