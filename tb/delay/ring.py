# SPDX-License-Identifier: Apache-2.0
"""The ring buffer in the benches."""

from collections.abc import Sequence

from tb.delay.reference import Row, UnitModel
from tb.delay.timing import LOOKUP, Items, UnitTiming, ago
from tb.delay.unit import BenchedUnit


class RingModel(UnitModel):
    """The accumulators keep the delays: all levels leave at once."""

    def step(self, arrivals: Sequence[int]) -> list[Row]:
        """See the base class."""
        return [(source, level) for source in arrivals for level in sorted(self.masks[source])]


class RingTiming(UnitTiming):
    """Look-up, and listing of rows."""

    _f = -1  # the last arrival was taken

    def __init__(self, capacity: int) -> None:
        super().__init__(capacity)
        self._g: list[int] = []  # each arrival left the look-up

    def offers(self, items: Items, held: int, e: Sequence[int]) -> list[int]:
        """See the base class."""
        out: list[int] = []
        for rows, offered in items:
            self._f = max(offered, self._f + 1, ago(self._g, LOOKUP))
            g = max(self._f + LOOKUP, ago(self._g, 1) + 1)
            if rows:
                g = max(g, e[len(out) - 1] if out else self.end)
            self._g.append(g)
            for number in range(rows):
                out.append(g + 1 if number == 0 else e[len(out) - 1] + 1)
        return out


BENCH = BenchedUnit(model=RingModel, timing=RingTiming, depths={"odd": 20, "even": 8})
