"""The neurocore and its blocks."""
