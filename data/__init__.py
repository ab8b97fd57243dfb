"""Recordings as spikes: the SHD file format, the cochlea, synthetic speech."""
