# SPDX-License-Identifier: Apache-2.0
"""Lava's NetX files: read as graphs, and stepped in integers as Lava does."""
