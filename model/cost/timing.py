# SPDX-License-Identifier: Apache-2.0
"""Times in cycles that the RTL keeps and the cycle model counts with: the one place of each."""

ROW_QUEUE = 32
"""Rows that wait between the delay unit and the synapse memory, so that a pause of the one does not stop the other."""
FLUSH = 3
"""A flush lasts until the last word under way is in the accumulators: fetched (1), added (1), written (1)."""
NEURON_STAGES = 4
"""From a neuron's fetch to its spike: read (1), multiplied (1), leaked (1), clamped (1)."""
SPIKE_FIFO = 2
"""From a spike at the output to its arrival: into the memory of the spike FIFO (1), out of it (1)."""
