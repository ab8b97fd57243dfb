# SPDX-License-Identifier: Apache-2.0
"""Recordings as spikes: the SHD file format, the cochlea, synthetic speech."""
