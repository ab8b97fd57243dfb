# SPDX-License-Identifier: Apache-2.0
"""The queue of the single-queue SCDQ; an event carries the number, modulo D, of the step in which it arrived."""

import numpy as np

from model.config import CoreConfig
from model.faults.held import Held, Queue, Rows
from model.faults.memories import Fields
from model.network import IntArray


class Scdq1Held(Held):
    """What is in the queue is judged before the arrivals, and goes behind them if it stays."""

    @staticmethod
    def fields(config: CoreConfig) -> Fields:
        """See the base class."""
        return [("birth", config.delay_bits), ("source", config.source_bits)]

    def reset(self) -> None:
        """See the base class."""
        self.queue = Queue(self.config.queue_depth)
        self.now = 0

    def step(self, arrivals: IntArray) -> Rows:
        """See the base class."""
        delays, bits = self.config.delays, self.config.delay_bits
        entries = self.queue.take(self.queue.level)
        birth = entries & ((1 << bits) - 1)
        source = np.concatenate([entries >> bits, arrivals])
        level = np.concatenate([self._back(birth), np.zeros(len(arrivals), np.int64)])
        due = self.mask[source, np.minimum(level, delays - 1)] & (level < delays)
        stays = np.flatnonzero((self.highest[source] > level) & (level < delays))
        self.drop(len(stays) - self.limit)
        stays = stays[: self.limit]
        self.queue.put(source[stays] << bits | self._back(level[stays]))
        self.now = (self.now + 1) % delays
        return source[due], level[due]

    def _back(self, steps: IntArray) -> IntArray:
        """So many steps before this one, modulo D: an age from a step of arrival, and the other way round."""
        delays = self.config.delays
        back = np.where(self.now >= steps, self.now - steps, self.now + delays - steps)
        return np.asarray(back & ((1 << self.config.delay_bits) - 1))

    def flip(self, copy: int, address: int, bit: int) -> None:
        """See the base class."""
        self.queue.words[address] ^= 1 << bit


HELD = Scdq1Held
