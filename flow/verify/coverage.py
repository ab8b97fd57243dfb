# SPDX-License-Identifier: Apache-2.0
"""What the benches reach of the RTL: lines, toggles and corners by source, and the floor that none may fall below."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import floor
from pathlib import Path
from typing import Any

from rich.table import Table

from support.console import name_column
from support.errors import InputError
from support.files import write_atomic
from support.paths import ROOT

FLOOR = ROOT / "tb" / "coverage" / "floor.toml"
KINDS = ("line", "toggle", "corner")
"""Branches of the RTL; bits of its signals, each way; corners of ``tb.coverage.corners``."""
DIGITS = 3
"""Of a share in the file of floors."""
HEAD = """\
# The least shares of branches, toggled bits and corners that the benches may reach (`make coverage`). They only rise:
# `chronaxie coverage --raise` writes what was reached, rounded down.
"""


@dataclass(frozen=True, kw_only=True)
class Reached:
    """Points of one kind."""

    met: int
    points: int

    @property
    def share(self) -> float | None:
        """Of the points that were met; None of none."""
        return self.met / self.points if self.points else None


@dataclass(frozen=True, kw_only=True)
class Coverage:
    """The counts of some benches."""

    sources: Mapping[str, Mapping[str, Reached]]
    """By source, then by kind."""
    missed: Mapping[str, Sequence[str]]
    """Points that were not met by kind, as ``source|what``; of toggles none, they are too many."""

    def total(self, kind: str) -> Reached:
        """All points of a kind."""
        found = [each[kind] for each in self.sources.values()]
        return Reached(met=sum(each.met for each in found), points=sum(each.points for each in found))


def cover(counts: Mapping[str, int]) -> Coverage:
    """Shares from counts by point (``tb.coverage.points``)."""
    seen: dict[str, dict[str, list[bool]]] = {}
    missed: dict[str, list[str]] = {kind: [] for kind in KINDS if kind != "toggle"}
    for point, count in sorted(counts.items()):
        kind, source, what = point.split("|", 2)
        seen.setdefault(source, {}).setdefault(kind, []).append(count > 0)
        if not count and kind in missed:
            missed[kind].append(f"{source}|{what}")
    sources = {
        source: {kind: Reached(met=sum(kinds.get(kind, [])), points=len(kinds.get(kind, []))) for kind in KINDS}
        for source, kinds in sorted(seen.items())
    }
    return Coverage(sources=sources, missed=missed)


def load_floor(path: Path = FLOOR) -> dict[str, float]:
    """The floor of each kind, as a share. Raises InputError for a file that has none, or others."""
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
        shares = {kind: float(found[kind]) for kind in KINDS}
        if set(found) != set(KINDS) or not all(0 <= share <= 1 for share in shares.values()):
            raise ValueError
    except (OSError, ValueError, KeyError, TypeError):
        raise InputError(f"{path}: expected a share in 0..1 for each of {', '.join(KINDS)}") from None
    return shares


def below(coverage: Coverage, shares: Mapping[str, float]) -> list[str]:
    """What is below its floor, in words."""
    found = []
    for kind in KINDS:
        share = coverage.total(kind).share or 0.0
        if share < shares[kind]:
            found.append(f"{kind}s: {share:.2%} of them met, the floor is {shares[kind]:.1%}")
    return found


def raise_floor(coverage: Coverage, path: Path = FLOOR) -> dict[str, float]:
    """Write what was reached, rounded down, where that is more than the floor; nothing becomes less."""
    shares = load_floor(path)
    for kind in KINDS:
        reached = floor((coverage.total(kind).share or 0.0) * 10**DIGITS) / 10**DIGITS
        shares[kind] = max(shares[kind], reached)
    write_atomic(path, (HEAD + "".join(f"{kind} = {share:.{DIGITS}f}\n" for kind, share in shares.items())).encode())
    return shares


def report(coverage: Coverage, shares: Mapping[str, float]) -> dict[str, Any]:
    """The content of coverage.json."""

    def plain(reached: Reached) -> dict[str, Any]:
        return {"met": reached.met, "points": reached.points, "share": reached.share}

    return {
        "floor": dict(shares),
        "total": {kind: plain(coverage.total(kind)) for kind in KINDS},
        "sources": {
            source: {kind: plain(each) for kind, each in kinds.items()} for source, kinds in coverage.sources.items()
        },
        "missed": {kind: list(names) for kind, names in coverage.missed.items()},
    }


def table(coverage: Coverage, shares: Mapping[str, float]) -> Table:
    """A row for each source, then all, then the floor."""
    shown = Table(name_column("source"))
    for kind in KINDS:
        shown.add_column(f"{kind}s met", justify="right")
        shown.add_column("", justify="right")
    for source, kinds in coverage.sources.items():
        shown.add_row(source, *(cell for kind in KINDS for cell in _cells(kinds[kind])))
    shown.add_section()
    shown.add_row("all", *(cell for kind in KINDS for cell in _cells(coverage.total(kind))))
    shown.add_row("floor", *(cell for kind in KINDS for cell in ("", f"{shares[kind]:.1%}")))
    return shown


def _cells(reached: Reached) -> tuple[str, str]:
    share = reached.share
    return f"{reached.met:,} of {reached.points:,}", "" if share is None else f"{share:.1%}"
