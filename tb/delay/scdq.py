# SPDX-License-Identifier: Apache-2.0
"""The SCDQ in the benches."""

from collections.abc import Sequence

from tb.delay.reference import OrbitModel
from tb.delay.timing import OrbitTiming
from tb.delay.unit import BenchedUnit


class ScdqTiming(OrbitTiming):
    """Arrivals enter PRQ first, where they need room."""

    _f = -1

    def available(self, number: int, offered: int, x: Sequence[int]) -> int:
        """See the base class."""
        room = x[number - self.capacity] + 1 if number >= self.capacity else -1
        self._f = max(offered, self._f + 1, self.end + 1, room)
        return self._f + 1


BENCH = BenchedUnit(model=OrbitModel, timing=ScdqTiming, depths={"odd": 20, "even": 8})
