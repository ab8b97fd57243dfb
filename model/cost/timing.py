# SPDX-License-Identifier: Apache-2.0
"""Times in cycles that the RTL keeps and the cycle model counts with: the one place of each."""

ROW_QUEUE = 32
"""Rows that wait between the delay unit and the synapse memory, so that a pause of the one does not stop the other."""
SLICE = 1
"""From an arrival at the controller to the delay unit: the register slice between them."""
READ = 3
"""Of an event that waits in a queue: read (1), registered (1), in the register slice behind it (1)."""
LOOKUP = 3
"""Look-up of a skip mask: read (1), registered (1), judged (1)."""
NUMBER = 3
"""Number of a row: mask bits below its level (1), counted in groups (1), summed (1)."""
ROW_FETCH = 4
"""From a row's hand-over to its first word: row table read (1), registered (1), queued (1), at the head of the queue
(1)."""
CLOSE = 3
"""From EOS at the head of the row queue to the end of the synapse phase: closed (1), the last word is registered (1)
and added (1)."""
FLUSH = 3
"""Cycles of a flush. The last word is handed to the accumulators in its first one, and written in the cycle after it:
nothing is cleared before that."""
NEURON_STAGES = 7
"""From a neuron's fetch to its spike: read (1), registered (1), multiplied (1), leaked (1), summed (1), clamped (1),
compared (1)."""
SPIKE_FIFO = 2
"""From a spike at the output to its arrival: into the memory of the spike FIFO (1), out of it (1)."""
