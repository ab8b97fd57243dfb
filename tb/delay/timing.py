"""When the rows of a delay unit are offered: the formulas of docs/microarchitecture.md for one unit alone.

Their inputs are the cycles in which arrivals are offered and rows are taken, whatever idle and back-pressure there is.
"""

from collections.abc import Sequence

from model.config import DelayUnit


class UnitTiming:
    """Cycles of rows, a step at a time, from an empty unit on; names of variables are those of the document.

    An item is an event that a step judges, a visit to a history, or an arrival. ``capacity`` is that of a queue.
    """

    def __init__(self, unit: DelayUnit, capacity: int) -> None:
        self.unit, self.capacity = unit, capacity
        self._end = -1  # the cycle in which the end of step before was taken
        self._f = self._g = -1  # ring: the last arrival was taken, and left the first stage

    def step(
        self, held: Sequence[int], arrivals: Sequence[int], offered: Sequence[int], taken: Sequence[int]
    ) -> list[int]:
        """Cycles in which the rows and the end of step are first on offer.

        ``held``: rows of each item from the steps before; ``arrivals``: of each arrival; ``offered``: when each arrival
        and the end of step was first on offer; ``taken``: when each row and the end of step was taken.
        """
        run = {
            DelayUnit.RING: self._ring,
            DelayUnit.SCDQ: self._queue,
            DelayUnit.SCDQ1: self._queue,
            DelayUnit.BITMAP: self._bitmap,
        }[self.unit]
        # Nothing is known of the arrivals that never came.
        items = [(rows, -1) for rows in held] + list(zip([*arrivals, 1], offered, strict=True))
        found = run(items, len(held), taken)
        self._end = taken[-1]
        return found

    def _ring(self, items: Sequence[tuple[int, int]], _: int, e: Sequence[int]) -> list[int]:
        out: list[int] = []
        for rows, offered in items:
            self._f = max(offered, self._f + 1, self._g)
            self._g = self._f + 1 if rows == 0 else max(self._f + 1, e[len(out) - 1] if out else self._end)
            for number in range(rows):
                out.append(self._g + 1 if number == 0 else e[len(out) - 1] + 1)
        return out

    def _queue(self, items: Sequence[tuple[int, int]], held: int, e: Sequence[int]) -> list[int]:
        out: list[int] = []
        x: list[int] = []
        f = y = z = -1
        for number, (rows, offered) in enumerate(items):
            available = self._end + 1
            if number >= held and self.unit is DelayUnit.SCDQ:
                room = x[number - self.capacity] + 1 if number >= self.capacity else -1
                f = max(offered, f + 1, self._end + 1, room)
                available = f + 1
            elif number >= held:
                available = max(offered, self._end + 1)
            x.append(max(available, x[-1] + 1 if x else -1, y))
            y = max(x[-1] + 1, z)
            z = y + 1
            if rows:
                z = max(z, e[len(out) - 1] if out else -1)
                out.append(z + 1)
        return out

    def _bitmap(self, items: Sequence[tuple[int, int]], held: int, e: Sequence[int]) -> list[int]:
        out: list[int] = []
        f = g = r = -1
        for number, (rows, offered) in enumerate(items):
            f = max(self._end + 1, f + 1, g, offered if number >= held else -1)
            g = f + 1 if rows == 0 else max(f + 1, r)
            r = g if rows else r
            for _ in range(rows):
                r = max(r + 1, e[len(out) - 1] if out else -1)
                out.append(r + 1)
        return out
