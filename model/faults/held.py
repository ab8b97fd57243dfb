# SPDX-License-Identifier: Apache-2.0
"""What a delay unit holds between steps, and what it sends: the base of ``model.faults.units``."""

from abc import ABC, abstractmethod

import numpy as np

from model.config import CoreConfig
from model.faults.memories import Bits, Fields
from model.network import IntArray

Rows = tuple[IntArray, IntArray]
"""Source and delay level of each row that is sent in a step, in order."""


class Held(ABC):
    """A delay unit without cycles: the rows of each step, and the content of its memory between steps.

    ``mask``: the skip masks as they are in the memory, for every address that a source can have, shape (addresses,
    delays). ``capacity`` is the image's, ``first_kept`` the first source with a delay level above 0.
    """

    def __init__(self, config: CoreConfig, mask: Bits, *, capacity: int, first_kept: int) -> None:
        self.config, self.mask, self.first_kept = config, mask, first_kept
        self.limit = max(1, capacity)
        levels = np.arange(1, config.delays + 1)
        # 0 without a level: nothing is beyond.
        self.highest = (mask * levels).max(1) - 1
        self.lost = 0
        """Events that found the queue full, of steps after which another one of their sample has ended."""
        self._dropped = 0
        self.reset()

    @staticmethod
    def fields(config: CoreConfig) -> Fields:
        """The fields of a word of the unit's memory; none if it has no memory."""
        return []

    @abstractmethod
    def reset(self) -> None:
        """As at the start of a sample; ``lost`` stays."""

    def start(self) -> None:
        """Begin a sample: nothing is held, and what the last step of the sample before dropped is nobody's loss."""
        self._dropped = 0
        self.reset()

    def drop(self, events: int) -> None:
        """Events of this step that found the queue full; they are lost once the next step has ended."""
        self.lost += self._dropped
        self._dropped = min(max(0, events), self.config.queue_depth + self.config.sources)

    @abstractmethod
    def step(self, arrivals: IntArray) -> Rows:
        """Take the sources that fired in a step, in order, and give the rows that leave in it."""

    def flip(self, copy: int, address: int, bit: int) -> None:
        """Change a bit of the memory, between two steps."""
        raise NotImplementedError


class Queue:
    """A queue in a memory of ``depth`` words: where each entry lies, for that is where a fault is."""

    def __init__(self, depth: int) -> None:
        self.words = np.zeros(depth, np.int64)
        self.head = self.level = 0

    def take(self, count: int) -> IntArray:
        """The oldest ``count`` entries, which are gone then."""
        found = self.words[(self.head + np.arange(count)) % len(self.words)]
        self.skip(count)
        return found

    def skip(self, count: int) -> None:
        """The oldest ``count`` entries are gone."""
        self.head = (self.head + count) % len(self.words)
        self.level -= count

    def put(self, entries: IntArray) -> None:
        """Store entries behind the others, for which there is room."""
        self.words[(self.head + self.level + np.arange(len(entries))) % len(self.words)] = entries
        self.level += len(entries)
