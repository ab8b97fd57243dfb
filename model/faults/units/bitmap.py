# SPDX-License-Identifier: Apache-2.0
"""The spike history: a bit for each source and step, and a flag for each source that has any."""

import numpy as np

from model.config import CoreConfig
from model.faults.held import Held, Rows
from model.faults.memories import Fields
from model.network import IntArray


class BitmapHeld(Held):
    """Sources with a flag are visited in order of address, then come the arrivals."""

    @staticmethod
    def fields(config: CoreConfig) -> Fields:
        """See the base class."""
        return [("history", max(1, config.delays - 1))]

    def reset(self) -> None:
        """See the base class. The history keeps its bits; without its flag none counts."""
        delays = self.config.delays
        self.bits = max(1, delays - 1)
        self.history = np.zeros((self.config.queue_depth, self.bits), np.bool_)
        self.alive = np.zeros(self.config.queue_depth, np.bool_)
        # needed[s, a]: a level above a is left of source s.
        self.needed = np.zeros((len(self.mask), self.bits), np.bool_)
        self.needed[:, : delays - 1] = self.highest[:, None] > np.arange(delays - 1)
        self.delayed = self.highest > 0

    def step(self, arrivals: IntArray) -> Rows:
        """See the base class."""
        delays = self.config.delays
        visited = np.flatnonzero(self.alive)
        source = (self.first_kept + visited) & (len(self.mask) - 1)
        aged = np.zeros((len(visited), self.bits + 1), np.bool_)
        aged[:, 1:] = self.history[visited]
        due = aged[:, :delays] & self.mask[source, : self.bits + 1]
        which, level = np.nonzero(due)
        written = self.delayed[source]
        after = aged[:, : self.bits] & self.needed[source]
        self.history[visited[written]] = after[written]
        self.alive[visited[written]] = after[written].any(1)
        for each in arrivals[self.delayed[arrivals]].tolist():
            self._remember(each)
        now = arrivals[self.mask[arrivals, 0]]
        return np.concatenate([source[which], now]), np.concatenate([level, np.zeros(len(now), np.int64)])

    def _remember(self, source: int) -> None:
        """An arrival with a level above 0 is kept; one outside of the history is not."""
        depth = len(self.alive)
        index = (source - self.first_kept) & ((1 << (depth - 1).bit_length()) - 1)
        if index >= depth:
            return
        bits = self.history[index] & self.alive[index]
        bits[0] = True
        self.history[index] = bits & self.needed[source]
        self.alive[index] = self.history[index].any()

    def flip(self, copy: int, address: int, bit: int) -> None:
        """See the base class."""
        self.history[address, bit] ^= True


HELD = BitmapHeld
