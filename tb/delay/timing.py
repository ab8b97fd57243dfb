# SPDX-License-Identifier: Apache-2.0
"""When the rows of a delay unit are offered: the formulas of docs/microarchitecture.md for one unit alone.

Their inputs are the cycles in which arrivals are offered and rows are taken, whatever idle and back-pressure there is.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence

READ = 3
"""Stages of an event from a queue: read, registered, and in a register slice, which has a second place."""
LOOKUP = 3
"""Stages of a look-up: the entry is read, registered, and judged."""
NUMBER = 3
"""Stages in which the number of a row is found."""

Items = Sequence[tuple[int, int]]
"""Rows of each item of a step, and the cycle in which it was first on offer; -1 for what is held.

An item is an event that a step judges, a visit to a history, an arrival, or the end of step.
"""


def ago(cycles: Sequence[int], count: int) -> int:
    """The cycle ``count`` places before the end; -1 before the first one."""
    return cycles[-count] if len(cycles) >= count else -1


class UnitTiming(ABC):
    """Cycles of rows, a step at a time, from an empty unit on; names of variables are those of the document.

    ``capacity`` is that of a queue.
    """

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.end = -1
        """The cycle in which the end of step before was taken."""

    def step(
        self, held: Sequence[int], arrivals: Sequence[int], offered: Sequence[int], taken: Sequence[int]
    ) -> list[int]:
        """Cycles in which the rows and the end of step are first on offer.

        ``held``: rows of each item from the steps before; ``arrivals``: of each arrival; ``offered``: when each arrival
        and the end of step was first on offer; ``taken``: when each row and the end of step was taken.
        """
        # Nothing is known of the arrivals that never came.
        items = [(rows, -1) for rows in held] + list(zip([*arrivals, 1], offered, strict=True))
        found = self.offers(items, len(held), taken)
        self.end = taken[-1]
        return found

    @abstractmethod
    def offers(self, items: Items, held: int, e: Sequence[int]) -> list[int]:
        """When each row of the items is first on offer; the first ``held`` items are from the steps before."""


class OrbitTiming(UnitTiming):
    """Items are read one after the other, and judged."""

    def available(self, number: int, offered: int, x: Sequence[int]) -> int:
        """When an arrival, the ``number``-th item of its step, can be read; ``x``: when those before it were."""
        return max(offered, self.end + 1)

    def offers(self, items: Items, held: int, e: Sequence[int]) -> list[int]:
        """See the base class."""
        out: list[int] = []
        x: list[int] = []
        z: list[int] = []
        for number, (rows, offered) in enumerate(items):
            available = self.available(number, offered, x) if number >= held else self.end + 1
            x.append(max(available, x[-1] + 1 if x else -1, ago(z, READ + LOOKUP + 1) + 1))
            z.append(max(x[-1] + READ + LOOKUP, ago(z, 1) + 1))
            if rows:
                before = e[: len(out)]
                z[-1] = max(z[-1], ago(before, NUMBER))
                out.append(max(z[-1] + NUMBER, ago(before, 1) + 1))
        return out
