# SPDX-License-Identifier: Apache-2.0
"""The ring buffer: an accumulator per neuron and delay level; nothing waits in front of it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from model.cost.memories import MemoryShape
from model.cost.timing import LOOKUP
from model.delay.spec import Arrivals, DelaySpec, Holds, Moves
from model.delay.timing import Offers, Stages, Tables, Timing

if TYPE_CHECKING:
    from model.config import CoreConfig


class RingTiming(Timing):
    """Lists the rows of each arrival."""

    def __init__(self, tables: Tables) -> None:
        super().__init__(tables)
        self._stages = Stages(LOOKUP)
        self._listed = -1

    def step(self, arrivals: Offers, eos: int) -> None:
        """See the base class."""
        rows = self.tables.rows
        for offered, source in arrivals:
            self._arrive(offered, list(rows[source].values()))
        self._arrive(eos, [0])

    def _arrive(self, offered: int, rows: list[int]) -> None:
        leaves = self._stages.through(offered, self._listed if rows else -1)
        if rows:
            self._listed = leaves
            for words in rows:
                self._listed = self.pipe.row(self._listed + 1, words)


class RingSpec(DelaySpec):
    """A slot for each delay level."""

    def slots(self, config: "CoreConfig") -> int:
        """See the base class."""
        return config.delays

    def memories(self, config: "CoreConfig") -> Sequence[MemoryShape]:
        """See the base class."""
        return ()

    def moves(self, config: "CoreConfig", arrivals: Arrivals) -> Moves:
        """See the base class."""
        return Moves(lookups=len(arrivals.when), memories={})

    def formula_bits(self, config: "CoreConfig", *, sources: int, targets: int, activity: float) -> float:
        """Accumulators: J * D."""
        return targets * config.delays * config.accumulator_bits


SPEC = RingSpec(holds=Holds.NOTHING, timing=RingTiming, marker="o", options={})
