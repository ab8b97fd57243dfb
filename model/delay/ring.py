# SPDX-License-Identifier: Apache-2.0
"""The ring buffer: an accumulator per neuron and delay level; nothing waits in front of it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from model.cost.memories import MemoryShape
from model.delay.spec import Arrivals, DelaySpec, Holds, Moves
from model.delay.timing import Offers, Tables, Timing

if TYPE_CHECKING:
    from model.config import CoreConfig


class RingTiming(Timing):
    """Lists the rows of each arrival."""

    def __init__(self, tables: Tables) -> None:
        super().__init__(tables)
        self._accepted = self._first_left = self._listed = -1

    def step(self, arrivals: Offers, eos: int) -> None:
        """See the base class."""
        rows = self.tables.rows
        for offered, source in arrivals:
            self._arrive(offered, list(rows[source].values()))
        self._arrive(eos, [0])

    def _arrive(self, offered: int, rows: list[int]) -> None:
        self._accepted = max(offered, self._accepted + 1, self._first_left)
        self._first_left = self._accepted + 1
        if not rows:
            return
        self._first_left = max(self._first_left, self._listed)
        listed = self._first_left
        for words in rows:
            listed = self.pipe.row(listed + 1, words)
        self._listed = listed


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
