"""Recordings as batches of events."""
