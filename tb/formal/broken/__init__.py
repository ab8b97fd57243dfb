"""Broken variants of the RTL, each of which a proof must reject."""
