"""Programs to start from; each runs from the root of a checkout: ``python -m examples.NAME``."""
