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
        stages, rows, words, highest = self._stages, self._rows, self.tables.rows, self.tables.highest
        for source, level in self._orbiting:
            # A row leaves when it can be handed over; what has none is only read and judged.
            due = words[source].get(level)
            leaves = stages.through(start, -1 if due is None else rows.free)
            if due is not None:
                rows.row(leaves, due)
            if level < highest[source]:
                stay.append((source, level + 1))
            reads.append(stages.entered)
        for offered, source in arrivals:
            available = self.arrive(max(offered, start), reads)
            due = words[source].get(0)
            leaves = stages.through(available, -1 if due is None else rows.free)
            if due is not None:
                rows.row(leaves, due)
            if highest[source] > 0:
                stay.append((source, 1))
            reads.append(stages.entered)
        rows.row(stages.through(self.arrive(max(eos, start), reads), rows.free), 0)
        self._ended = rows.last
        self._orbiting = stay[:room]
        self.drop(len(stay) - len(self._orbiting))
        self.held = len(self._orbiting)
        self.peak = max(self.peak, self.held)

    @abstractmethod
    def arrive(self, offered: int, reads: list[int]) -> int:
        """The first cycle in which an arrival that is offered from a cycle on can be read.

        ``reads``: the cycles in which the items before it in the step were read.
        """


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
