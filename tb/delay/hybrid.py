# SPDX-License-Identifier: Apache-2.0
"""The hybrid in the benches."""

from collections.abc import Sequence

from tb.delay.reference import Row, UnitModel
from tb.delay.timing import LOOKUP, NUMBER, READ, Items, UnitTiming, ago
from tb.delay.unit import BenchedUnit


class HybridModel(UnitModel):
    """A queue in which an event's turn comes every S steps, with the next S levels of its mask."""

    _step = 0

    def step(self, arrivals: Sequence[int]) -> list[Row]:
        """See the base class."""
        slots = self.config.slots
        phase = self._step % slots
        self._step += 1
        # An event is held with the first level that it was not judged for, and the phase of its arrival.
        turn = [(source, first) for source, first, its in self._held if its == phase]
        others = [event for event in self._held if event[2] != phase]
        judged = turn + [(source, 0) for source in arrivals]
        rows = [[(source, level) for level in range(first, first + slots) if level in self.masks[source]]
                for source, first in judged]  # fmt: skip
        self.visits = [len(each) for each in rows[: len(turn)]]
        later = [(source, first + slots) for source, first in judged if self.highest(source) >= first + slots]
        again: list[tuple[int, ...]] = [(*event, phase) for event in later]
        self.keep(others + again)
        return [row for each in rows for row in each]


class HybridTiming(UnitTiming):
    """Items are read one after the other, judged, and their rows listed, then numbered."""

    def offers(self, items: Items, held: int, e: Sequence[int]) -> list[int]:
        """See the base class."""
        out: list[int] = []
        z: list[int] = []
        x = r = -1
        for number, (rows, offered) in enumerate(items):
            x = max(self.end + 1, offered if number >= held else -1, x + 1, ago(z, READ + LOOKUP + 1) + 1)
            z.append(max(x + READ + LOOKUP, ago(z, 1) + 1))
            if rows:
                z[-1] = r = max(z[-1], r)
            for _ in range(rows):
                before = e[: len(out)]
                r = max(r + 1, ago(before, NUMBER))
                out.append(max(r + NUMBER, ago(before, 1) + 1))
        return out


BENCH = BenchedUnit(
    model=HybridModel, timing=HybridTiming, depths={"odd": 20, "even": 8},
    options={"odd": {"slots": 2}, "even": {"slots": 2}},
)  # fmt: skip
