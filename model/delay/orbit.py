# SPDX-License-Identifier: Apache-2.0
"""What the delay units share whose events orbit through queues once a step."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from model.cost.memories import Accesses, MemoryName, MemoryShape
from model.cost.timing import LOOKUP, READ
from model.delay.spec import Arrivals, DelaySpec
from model.delay.timing import NumberedRows, Offers, Stages, Tables, Timing

if TYPE_CHECKING:
    from model.config import CoreConfig


class OrbitTiming(Timing):
    """What orbits comes before what arrives; each is read, judged, and leaves or not."""

    def __init__(self, tables: Tables) -> None:
        super().__init__(tables)
        self._orbiting: list[tuple[int, int]] = []  # (source, level) in the order of the queue
        self._ended = -1  # cycle in which the last EOS left
        self._stages = Stages(READ + LOOKUP, sliced=True)  # read, looked up, judged
        self._rows = NumberedRows(self.pipe)

    def step(self, arrivals: Offers, eos: int) -> None:
        """See the base class."""
        stay: list[tuple[int, int]] = []
        reads: list[int] = []
        room = self.tables.capacity
        start = self._ended + 1
        for source, level in self._orbiting:
            self._pass(start, source, level, stay)
            reads.append(self._stages.entered)
        for offered, source in arrivals:
            self._pass(self.arrive(max(offered, start), reads), source, 0, stay)
            reads.append(self._stages.entered)
        self._judge(self.arrive(max(eos, start), reads), 0)
        self._ended = self._rows.last
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
        self._judge(available, self.tables.rows[source].get(level))
        if level < self.tables.highest[source]:
            stay.append((source, level + 1))

    def _judge(self, available: int, words: int | None) -> None:
        """Read the next event and judge it; pass on its row, unless it has none."""
        leaves = self._stages.enter(available)
        if words is not None:
            leaves = max(leaves, self._rows.free)
            self._rows.row(leaves, words)
        self._stages.leave(leaves)


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
