# SPDX-License-Identifier: Apache-2.0
"""Plays streams through any component, on Verilator or on Amaranth's own simulator."""

JOB = "CHRONAXIE_JOB"
"""Name of the environment variable that names cocotb's job file: ``{"phases": number of phases}``. It stands here
because whoever only starts a simulator need not load cocotb, which loads pytest: a quarter of a second."""
