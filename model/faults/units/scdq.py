# SPDX-License-Identifier: Apache-2.0
"""The two queues of the SCDQ; an event carries the counter that starts at D-1."""

import numpy as np

from model.config import CoreConfig
from model.faults.held import Held, Queue, Rows
from model.faults.memories import Fields
from model.network import IntArray


class ScdqHeld(Held):
    """All events are judged once in a step; those that stay are in the other queue then."""

    @staticmethod
    def fields(config: CoreConfig) -> Fields:
        """See the base class."""
        return [("counter", config.delay_bits), ("source", config.source_bits)]

    def reset(self) -> None:
        """See the base class."""
        self.queues = Queue(self.config.queue_depth), Queue(self.config.queue_depth)
        self.first = 0

    def step(self, arrivals: IntArray) -> Rows:
        """See the base class. Arrivals go through the first queue, too."""
        delays, bits = self.config.delays, self.config.delay_bits
        first, second = self.queues[self.first], self.queues[1 - self.first]
        entries = first.take(first.level)
        first.head = (first.head + len(arrivals)) % len(first.words)
        counter = np.concatenate([entries & ((1 << bits) - 1), np.full(len(arrivals), delays - 1)])
        source = np.concatenate([entries >> bits, arrivals])
        level = (delays - 1 - counter) & ((1 << bits) - 1)
        due = self.mask[source, np.minimum(level, delays - 1)] & (level < delays)
        stays = np.flatnonzero((self.highest[source] > level) & (level < delays))
        self.drop(len(stays) - self.limit)
        stays = stays[: self.limit]
        second.put(source[stays] << bits | ((delays - 2 - level[stays]) & ((1 << bits) - 1)))
        self.first = 1 - self.first
        return source[due], level[due]

    def flip(self, copy: int, address: int, bit: int) -> None:
        """See the base class."""
        self.queues[copy].words[address] ^= 1 << bit


HELD = ScdqHeld
