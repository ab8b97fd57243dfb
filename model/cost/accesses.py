# SPDX-License-Identifier: Apache-2.0
"""How often a core reads and writes each of its memories in a sample: exact, from the events alone.

Every access follows from the tables and from which sources fire when: the mask of each event that is judged, the row
of each that is due, the words of the row, the accumulators that they reach. The count is that of the sample's own
steps: what a delay unit begins for a step that never comes, between the last EOS and END, is not in it. That is
at most what the row queue takes in, and nothing if no event is under way.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from model.config import CoreConfig
from model.cost.memories import Accesses, MemoryName
from model.delay.spec import Arrivals, Holds
from model.encoding import Raster
from model.image.image import Image
from model.network import IntArray


@dataclass(frozen=True, kw_only=True)
class SampleAccesses:
    """What one sample asks of the memories of a core."""

    memories: Mapping[MemoryName, Accesses]
    held_peak: int
    """Most events that are held over an end of step: entries of a queue, bits that are set in a history. 0: ring."""
    slots_peak: int
    """Most accumulators in which something waits at an end of step for a later one. 0 with a single slot."""
    operations: int
    """Weights added to an accumulator."""
    words: int
    """Synapse words fetched."""


class AccessModel:
    """Counts the accesses of a core that holds ``image``, built as ``config`` says, whose geometry is the image's.

    The queues are taken to have room: with a declared capacity that overflows, the counts are those without overflow.
    """

    def __init__(self, image: Image, config: CoreConfig) -> None:
        self.config = config
        self.neurons = image.neurons_used
        sources = image.axons_used + image.neurons_used
        shape = (sources, config.delays)
        row, level = image.row_source, image.row_level
        self._mask = np.zeros(shape, np.bool_)
        self._mask[row, level] = True
        words, operations = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
        words[row, level] = image.row_words
        word, lane = np.nonzero(image.weights)
        of_word = np.repeat(np.arange(image.rows_used), image.row_words)[word]
        np.add.at(operations, (row[of_word], level[of_word]), 1)
        # Sums over the levels 0 to l, for what is due within the steps that are left.
        self._rows, self._words, self._operations = (
            np.cumsum(each, axis=1) for each in (self._mask.astype(np.int64), words, operations)
        )
        self._highest = np.where(self._mask.any(1), config.delays - 1 - self._mask[:, ::-1].argmax(1), 0)
        self._synapses = row[of_word], image.targets[word, lane], level[of_word]

    def sample(self, events: Raster, spikes: Raster) -> SampleAccesses:
        """The accesses of a sample.

        ``events``: input events, shape (steps, axons of the image); ``spikes``: shape (steps, neurons) by hardware
        address. The spikes of the last step reach nothing.
        """
        config = self.config
        steps = len(events)
        arrivals = np.concatenate([events, np.zeros((steps, self.neurons), np.bool_)], axis=1)
        arrivals[1:, events.shape[1] :] = spikes[:-1]
        when, source = np.nonzero(arrivals)
        arrived = Arrivals(raster=arrivals, levels=self._highest, when=when, source=source)
        # Rows leave ahead of their step by less than there are slots.
        seen = np.minimum((arrived.rest // config.slots + 1) * config.slots, config.delays) - 1
        rows, words, operations = (
            int(table[source, seen].sum()) for table in (self._rows, self._words, self._operations)
        )
        neurons, updates = self.neurons, self.neurons * steps
        clears = config.lanes * config.slots << config.target_bits
        moves = config.spec.moves(config, arrived)
        memories = {
            MemoryName.ROWS: Accesses(reads=rows + steps, writes=0),
            MemoryName.WORDS: Accesses(reads=words, writes=0),
            MemoryName.ACCUMULATORS: Accesses(reads=operations + updates, writes=operations + updates + clears),
            MemoryName.STATES: Accesses(reads=updates + neurons, writes=updates + neurons),
            MemoryName.PARAMETERS: Accesses(reads=updates, writes=0),
            MemoryName.SPIKES: Accesses(reads=int(spikes.sum()), writes=int(spikes.sum())),
            **moves.memories,
            MemoryName.MASKS: Accesses(reads=moves.lookups + steps, writes=0),
        }
        holds = config.spec.holds is not Holds.NOTHING
        return SampleAccesses(
            memories=memories,
            held_peak=_held(steps, when, config.spec.held_levels(config, arrived.highest)) if holds else 0,
            slots_peak=self._slots(arrivals) if config.slots > 1 else 0,
            operations=operations,
            words=words,
        )

    @cached_property
    def _reach(self) -> NDArray[np.float32]:
        """1 where a source has a synapse: shape (sources, neurons, delays)."""
        reach = np.zeros((len(self._mask), self.neurons, self.config.delays), np.float32)
        reach[self._synapses] = 1
        return reach

    def _slots(self, arrivals: Raster) -> int:
        """Most (neuron, later step) for which something has been added at the end of step."""
        steps, delays, slots = len(arrivals), self.config.delays, self.config.slots
        reached = (arrivals.astype(np.float32) @ self._reach.reshape(len(self._reach), -1)) > 0
        reached = reached.reshape(steps, self.neurons, delays)
        waiting = np.zeros((self.neurons, steps + slots), np.bool_)
        peak = 0
        for step in range(steps):
            # What leaves now: levels from the arrival's age on, as many as there are slots.
            for age in range(0, min(step + 1, delays), slots):
                due = reached[step - age, :, age : age + slots]
                waiting[:, step : step + due.shape[1]] |= due
            peak = max(peak, int(np.count_nonzero(waiting[:, step + 1 :])))
        return peak


def _held(steps: int, when: NDArray[np.intp], highest: IntArray) -> int:
    """Most events held over an end of step: an event is held over as many as its highest level says."""
    change = np.zeros(steps + 1, np.int64)
    np.add.at(change, when, 1)
    np.add.at(change, np.minimum(when + highest, steps), -1)
    return int(np.cumsum(change)[:steps].max(initial=0))
