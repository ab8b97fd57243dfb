# SPDX-License-Identifier: Apache-2.0
"""Which results no other one beats in two figures."""

from collections.abc import Sequence
from dataclasses import dataclass

from flow.sweep.rows import Row
from flow.sweep.spec import Pareto
from support.errors import InputError


@dataclass(frozen=True, kw_only=True)
class Front:
    """Two figures of all results that have both."""

    x: str
    y: str
    lower_x: bool
    """Whether less is better."""
    lower_y: bool
    by: str | None
    rows: tuple[Row, ...]
    best: tuple[bool, ...]
    """Of each row: whether no other one is better in one figure and at least as good in the other."""

    @property
    def groups(self) -> list[str]:
        """Values of the column ``by``, in order."""
        return list(dict.fromkeys(self.group(row) for row in self.rows))

    def group(self, row: Row) -> str:
        """The group of a row; all are in one where there is no ``by``."""
        value = row.get(self.by) if self.by else None
        return "" if self.by is None else f"{self.by} {'none' if value is None else value}"


def best(points: Sequence[tuple[float, float]]) -> list[bool]:
    """Which points are beaten by no other one, where less is better in both."""
    found = [False] * len(points)
    least = float("inf")
    order = sorted(range(len(points)), key=lambda index: points[index])
    for index in order:
        x, y = points[index]
        # Of points with the least y so far, one that is equal in both stays beside the first.
        if y < least:
            found[index], least, at = True, y, x
        elif y == least and x == at:
            found[index] = True
    return found


def front(wanted: Pareto, rows: Sequence[Row]) -> Front:
    """The front of some rows. Raises InputError for a column that no row has, and one that is no figure."""
    (way_x, x), (way_y, y) = wanted.x.split(), wanted.y.split()
    columns = dict.fromkeys(name for row in rows for name in row)
    for name in (x, y, *([wanted.by] if wanted.by else [])):
        if rows and name not in columns:
            raise InputError(f"pareto: no result has {name}; there are {', '.join(columns)}")
    chosen = [row for row in rows if row.get(x) is not None and row.get(y) is not None]
    for name in (x, y):
        for row in chosen:
            if isinstance(row[name], str):
                raise InputError(f"pareto: {name} is {row[name]!r:.40} in a result; expected a figure")
    signs = [(1 if way == "min" else -1) for way in (way_x, way_y)]
    marks = best([(signs[0] * float(row[x]), signs[1] * float(row[y])) for row in chosen])
    return Front(x=x, y=y, lower_x=way_x == "min", lower_y=way_y == "min", by=wanted.by, rows=tuple(chosen),
                 best=tuple(marks))  # fmt: skip
