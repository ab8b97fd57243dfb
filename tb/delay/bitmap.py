# SPDX-License-Identifier: Apache-2.0
"""The spike history in the benches."""

from collections.abc import Sequence

from tb.delay.reference import Row, UnitModel
from tb.delay.timing import LOOKUP, NUMBER, Items, UnitTiming, ago
from tb.delay.unit import BenchedUnit


class BitmapModel(UnitModel):
    """A history is visited in order of address, the oldest spike last; then the arrivals."""

    def step(self, arrivals: Sequence[int]) -> list[Row]:
        """See the base class."""
        before = sorted((source, level) for source, level in self._held)
        rows: dict[int, int] = {}
        for source, level in before:
            rows[source] = rows.get(source, 0) + (level in self.masks[source])
        self.visits = list(rows.values())
        judged = before + [(source, 0) for source in arrivals]
        self.keep([(source, level + 1) for source, level in judged if self.highest(source) > level])
        return [(source, level) for source, level in judged if level in self.masks[source]]


class BitmapTiming(UnitTiming):
    """Look-up, listing of the due rows, and their numbers."""

    def offers(self, items: Items, held: int, e: Sequence[int]) -> list[int]:
        """See the base class."""
        out: list[int] = []
        g: list[int] = []
        f = r = -1
        for number, (rows, offered) in enumerate(items):
            f = max(self.end + 1, f + 1, ago(g, LOOKUP), offered if number >= held else -1)
            g.append(max(f + LOOKUP, ago(g, 1) + 1))
            if rows:
                g[-1] = r = max(g[-1], r)
            for _ in range(rows):
                before = e[: len(out)]
                r = max(r + 1, ago(before, NUMBER))
                out.append(max(r + NUMBER, ago(before, 1) + 1))
        return out


BENCH = BenchedUnit(model=BitmapModel, timing=BitmapTiming, depths={"odd": 9, "even": 4})
