# SPDX-License-Identifier: Apache-2.0
"""The queue of the hybrid; an event carries the window of its skip mask that is judged next."""

import numpy as np

from model.config import CoreConfig
from model.faults.held import Held, Queue, Rows
from model.faults.memories import Fields
from model.network import IntArray


class HybridHeld(Held):
    """The events of one phase are judged in a step: they are at the head, and a counter tells how many."""

    @staticmethod
    def fields(config: CoreConfig) -> Fields:
        """See the base class."""
        return [("window", _window_bits(config)), ("source", config.source_bits)]

    def reset(self) -> None:
        """See the base class."""
        self.queue = Queue(self.config.queue_depth)
        self.phase = 0
        self.held = [0] * self.config.slots

    def step(self, arrivals: IntArray) -> Rows:
        """See the base class."""
        config, slots = self.config, self.config.slots
        bits = _window_bits(config)
        entries = self.queue.take(self.held[self.phase])
        window = np.concatenate([entries & ((1 << bits) - 1), np.zeros(len(arrivals), np.int64)])
        source = np.concatenate([entries >> bits, arrivals])
        # A window that there is not has no level.
        padded = np.zeros((len(source), (1 << bits) * slots), np.bool_)
        padded[:, : config.delays] = self.mask[source]
        mine = padded.reshape(len(source), 1 << bits, slots)[np.arange(len(source)), window]
        which, fine = np.nonzero(mine)
        level = window[which] * slots + fine
        stays = np.flatnonzero(self.highest[source] >= (window + 1) * slots)
        room = self.limit - self.queue.level
        self.drop(len(stays) - room)
        stays = stays[:room]
        self.queue.put(source[stays] << bits | ((window[stays] + 1) & ((1 << bits) - 1)))
        self.held[self.phase] = len(stays)
        self.phase = (self.phase + 1) % slots
        return source[which], level

    def flip(self, copy: int, address: int, bit: int) -> None:
        """See the base class."""
        self.queue.words[address] ^= 1 << bit


def _windows(config: CoreConfig) -> int:
    return -(-config.delays // config.slots)


def _window_bits(config: CoreConfig) -> int:
    return max(1, (_windows(config) - 1).bit_length())


HELD = HybridHeld
