"""Properties of the RTL for a solver: for all inputs, for all back-pressure."""
