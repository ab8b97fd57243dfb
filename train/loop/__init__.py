"""A training run from start to finish."""
