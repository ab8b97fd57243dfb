# SPDX-License-Identifier: Apache-2.0
"""What the delay units share whose events orbit through queues once a step."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from model.cost.memories import Accesses, MemoryName, MemoryShape
from model.delay.spec import Arrivals, DelaySpec
from model.delay.timing import Offers, Tables, Timing

if TYPE_CHECKING:
    from model.config import CoreConfig


class OrbitTiming(Timing):
    """What orbits comes before what arrives; each is read, judged, and leaves or not."""

    def __init__(self, tables: Tables) -> None:
        super().__init__(tables)
        self._orbiting: list[tuple[int, int]] = []  # (source, level) in the order of the queue
        self._ended = -1  # cycle in which the last EOS left
        self._read = self._judged = self._left = self._taken = -1

    def step(self, arrivals: Offers, eos: int) -> None:
        """See the base class."""
        stay: list[tuple[int, int]] = []
        reads: list[int] = []
        room = self.tables.capacity
        start = self._ended + 1
        for source, level in self._orbiting:
            self._pass(start, source, level, stay)
            reads.append(self._read)
        for offered, source in arrivals:
            self._pass(self.arrive(max(offered, start), reads), source, 0, stay)
            reads.append(self._read)
        self._advance(self.arrive(max(eos, start), reads))
        self._left = max(self._judged + 1, self._taken)
        self._ended = self._taken = self.pipe.row(self._left + 1, 0)
        self._orbiting = stay[:room]
        self.drop(len(stay) - len(self._orbiting))
        self.held = len(self._orbiting)
        self.peak = max(self.peak, self.held)

    @abstractmethod
    def arrive(self, offered: int, reads: list[int]) -> int:
        """The first cycle in which an arrival that is offered from a cycle on can be read.

        ``reads``: the cycles in which the items before it in the step were read.
        """

    def _pass(self, available: int, source: int, level: int, stay: list[tuple[int, int]]) -> None:
        self._advance(available)
        words = self.tables.rows[source].get(level)
        self._left = self._judged + 1
        if words is not None:
            self._left = max(self._left, self._taken)
            self._taken = self.pipe.row(self._left + 1, words)
        if level < self.tables.highest[source]:
            stay.append((source, level + 1))

    def _advance(self, available: int) -> None:
        """Read the next event, and hand it to the pruning filter."""
        self._read = max(available, self._read + 1, self._judged)
        self._judged = max(self._read + 1, self._left)


class OrbitSpec(DelaySpec):
    """One slot; an event is judged in each step until its last level is due."""

    def slots(self, config: "CoreConfig") -> int:
        """See the base class."""
        return 1

    def queue(self, config: "CoreConfig", copies: int) -> Sequence[MemoryShape]:
        """Queues of so many events, each with its source and its delay counter or the step of its arrival."""
        width = config.source_bits + config.delay_bits
        return (MemoryShape(name=MemoryName.QUEUE, copies=copies, depth=config.queue_depth, width=width,
                            two_port=True),)  # fmt: skip

    @staticmethod
    def again(arrivals: Arrivals) -> int:
        """Times that an event is judged after its arrival."""
        return int(np.minimum(arrivals.highest, arrivals.rest).sum())

    @staticmethod
    def kept(arrivals: Arrivals) -> int:
        """Times that an event is held over an end of step."""
        return int(np.minimum(arrivals.highest, arrivals.rest + 1).sum())

    @staticmethod
    def traffic(reads: int, writes: int) -> dict[MemoryName, Accesses]:
        """Accesses of the queues."""
        return {MemoryName.QUEUE: Accesses(reads=reads, writes=writes)}
