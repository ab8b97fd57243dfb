# SPDX-License-Identifier: Apache-2.0
"""The ring buffer in the benches."""

from collections.abc import Sequence

from tb.delay.reference import Row, UnitModel
from tb.delay.timing import Items, UnitTiming
from tb.delay.unit import BenchedUnit


class RingModel(UnitModel):
    """The accumulators keep the delays: all levels leave at once."""

    def step(self, arrivals: Sequence[int]) -> list[Row]:
        """See the base class."""
        return [(source, level) for source in arrivals for level in sorted(self.masks[source])]


class RingTiming(UnitTiming):
    """Two stages: look-up, and listing of rows."""

    _f = _g = -1  # the last arrival was taken, and left the first stage

    def offers(self, items: Items, held: int, e: Sequence[int]) -> list[int]:
        """See the base class."""
        out: list[int] = []
        for rows, offered in items:
            self._f = max(offered, self._f + 1, self._g)
            self._g = self._f + 1 if rows == 0 else max(self._f + 1, e[len(out) - 1] if out else self.end)
            for number in range(rows):
                out.append(self._g + 1 if number == 0 else e[len(out) - 1] + 1)
        return out


BENCH = BenchedUnit(model=RingModel, timing=RingTiming, depths={"odd": 20, "even": 8})
