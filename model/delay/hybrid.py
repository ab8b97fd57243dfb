# SPDX-License-Identifier: Apache-2.0
"""The hybrid: events in a single queue that are judged once in S steps, and S accumulators per neuron."""

from collections.abc import Sequence
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from model.cost.memories import Accesses, MemoryName, MemoryShape
from model.cost.timing import LOOKUP, READ
from model.delay.spec import Arrivals, DelaySpec, Holds, Moves, Option
from model.delay.timing import Listing, Offers, Stages, Tables, Timing

if TYPE_CHECKING:
    from model.config import CoreConfig


class HybridTiming(Timing):
    """The events of the phase come before what arrives; each is read and judged, and its due rows are listed."""

    def __init__(self, tables: Tables) -> None:
        super().__init__(tables)
        # Of each phase, (source, window) in the order of the queue; the first one's turn is next.
        self._phases: list[list[tuple[int, int]]] = [[] for _ in range(tables.slots)]
        self._ended = -1  # cycle in which the last EOS left
        self._items = Listing(Stages(READ + LOOKUP, sliced=True), self.pipe)  # read, looked up, judged

    def step(self, arrivals: Offers, eos: int) -> None:
        """See the base class."""
        tables, start = self.tables, self._ended + 1
        turn, *later = self._phases
        waiting = sum(map(len, later))
        stay: list[tuple[int, int]] = []
        judged = chain(
            ((start, source, window) for source, window in turn),
            ((max(offered, start), source, 0) for offered, source in arrivals),
        )
        for available, source, window in judged:
            first, beyond = window * tables.slots, (window + 1) * tables.slots
            levels = range(first, beyond)
            self._items.item(available, [words for level, words in tables.rows[source].items() if level in levels])
            if beyond <= tables.highest[source]:
                # What is judged again leaves its own place; arrivals come after all of it.
                stay.append((source, window + 1))
        self._items.item(max(eos, start), [0])
        self._ended = self._items.last
        kept = stay[: max(0, tables.capacity - waiting)]
        self._phases = [*later, kept]
        self.drop(len(stay) - len(kept))
        self.held = waiting + len(kept)
        self.peak = max(self.peak, self.held)


class HybridSpec(DelaySpec):
    """S slots; the row of level l of an arrival leaves after S * (l // S) steps, when its event is judged."""

    def slots(self, config: "CoreConfig") -> int:
        """See the base class."""
        return config.option("slots")

    def memories(self, config: "CoreConfig") -> Sequence[MemoryShape]:
        """The queue: of an event, its source and the window that is judged next."""
        windows = -(-config.delays // self.slots(config))
        width = config.source_bits + max(1, (windows - 1).bit_length())
        return (MemoryShape(name=MemoryName.QUEUE, depth=config.queue_depth, width=width, two_port=True),)

    def held_levels(self, config: "CoreConfig", highest: NDArray[np.int64]) -> NDArray[np.int64]:
        """An event is held until the window of its highest level is judged."""
        slots = self.slots(config)
        return highest // slots * slots

    def moves(self, config: "CoreConfig", arrivals: Arrivals) -> Moves:
        """See the base class."""
        slots = self.slots(config)
        last = arrivals.highest // slots
        again = int(np.minimum(last, arrivals.rest // slots).sum())
        kept = int(np.minimum(last, arrivals.rest // slots + 1).sum())
        queue = Accesses(reads=again, writes=kept)
        return Moves(lookups=len(arrivals.when) + again, memories={MemoryName.QUEUE: queue})

    def formula_bits(self, config: "CoreConfig", *, sources: int, targets: int, activity: float) -> float:
        """Events of the queue, a * I * D, of which a * I * D / S are judged in a step; and accumulators, J * S."""
        events = activity * sources * config.delays * self.memories(config)[0].width
        return events + targets * self.slots(config) * config.accumulator_bits


SLOTS = Option(default=4, choices=(2, 4, 8, 16, 32, 64), says="Accumulators per neuron (S)")
"""Powers of two, so that a delay level is split into its window and its slot without a division."""
SPEC = HybridSpec(holds=Holds.EVENTS, timing=HybridTiming, marker="v", options={"slots": SLOTS})
