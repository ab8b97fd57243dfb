# SPDX-License-Identifier: Apache-2.0
"""The spike history: a bit for each source and step, scanned under the skip mask."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from model.cost.memories import Accesses, MemoryName, MemoryShape
from model.cost.timing import LOOKUP
from model.delay.spec import Arrivals, DelaySpec, Holds, Moves
from model.delay.timing import Listing, Offers, Stages, Tables, Timing

if TYPE_CHECKING:
    from model.config import CoreConfig


class BitmapTiming(Timing):
    """Visits of the sources with bits, then arrivals; the due rows of each are listed."""

    def __init__(self, tables: Tables) -> None:
        super().__init__(tables)
        self._ages: dict[int, list[int]] = {}  # of each source with bits, its ages at the step before, ascending
        self._ended = -1  # cycle in which the last EOS left
        self._items = Listing(Stages(LOOKUP), self.pipe)

    def step(self, arrivals: Offers, eos: int) -> None:
        """See the base class."""
        rows, highest = self.tables.rows, self.tables.highest
        start = self._ended + 1
        ages: dict[int, list[int]] = {}
        for source, before in sorted(self._ages.items()):
            now = [age + 1 for age in before]
            self._items.item(start, [rows[source][age] for age in now if age in rows[source]])
            ages[source] = [age for age in now if age < highest[source]]
        for offered, source in arrivals:
            words = rows[source].get(0)
            self._items.item(max(offered, start), [] if words is None else [words])
            if highest[source] > 0:
                ages[source] = [0, *ages.get(source, [])]
        self._items.item(max(eos, start), [0])
        self._ended = self._items.last
        self._ages = {source: each for source, each in ages.items() if each}
        self.held = sum(map(len, self._ages.values()))


class BitmapSpec(DelaySpec):
    """D-1 bits for each of ``queue_depth`` sources."""

    def slots(self, config: "CoreConfig") -> int:
        """See the base class."""
        return 1

    def memories(self, config: "CoreConfig") -> Sequence[MemoryShape]:
        """The history."""
        return (MemoryShape(name=MemoryName.HISTORY, depth=config.queue_depth, width=max(1, config.delays - 1),
                            two_port=True),)  # fmt: skip

    def flag_bits(self, config: "CoreConfig") -> int:
        """Of each source, whether it has bits, and whether it is still to be visited in this step."""
        return 2 * config.queue_depth

    def moves(self, config: "CoreConfig", arrivals: Arrivals) -> Moves:
        """See the base class."""
        visits = self._visits(config, arrivals)
        looked_up = len(arrivals.when) + visits
        written = visits + int(np.count_nonzero(arrivals.highest))
        history = Accesses(reads=looked_up + len(arrivals.raster), writes=written)
        return Moves(lookups=looked_up, memories={MemoryName.HISTORY: history})

    @staticmethod
    def _visits(config: "CoreConfig", arrivals: Arrivals) -> int:
        """Steps in which a source has an event of an earlier step that is still needed, of all sources together."""
        last = np.full(arrivals.raster.shape[1], -config.delays - 1)
        count = 0
        for step, fired in enumerate(arrivals.raster):
            count += int(np.count_nonzero(step - last <= arrivals.levels))
            last[fired] = step
        return count

    def formula_bits(self, config: "CoreConfig", *, sources: int, targets: int, activity: float) -> float:
        """Bits: I * D (arXiv 2511.01158)."""
        return sources * config.delays


SPEC = BitmapSpec(holds=Holds.SOURCES, timing=BitmapTiming, marker="^", options={})
