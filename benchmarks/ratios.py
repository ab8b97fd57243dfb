# SPDX-License-Identifier: Apache-2.0
"""Ratios of repeated benchmarks: their middle and spread, kept by commit, and which of them fell by more than noise.

Only ratios within one run are compared: seconds are of one machine and one hour.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

from support.errors import InputError


@dataclass(frozen=True, kw_only=True)
class Series:
    """A ratio, measured several times; more is better."""

    values: tuple[float, ...]

    @property
    def middle(self) -> float:
        """The median."""
        return median(self.values)

    @property
    def spread(self) -> float:
        """Highest less lowest."""
        return max(self.values) - min(self.values)


@dataclass(frozen=True, kw_only=True)
class Change:
    """A ratio, and what it was in another run."""

    name: str
    now: Series
    before: Series | None
    """None: it was not measured."""

    @property
    def noise(self) -> float:
        """The larger spread of the two."""
        return max(self.now.spread, self.before.spread if self.before else 0.0)

    @property
    def fell(self) -> bool:
        """Whether it is less than before by more than its noise."""
        return self.before is not None and self.before.middle - self.now.middle > self.noise


def content(found: Mapping[str, Sequence[float]], when: float) -> dict[str, Any]:
    """What is stored of a run at ``when`` (seconds since 1970)."""
    series = {name: Series(values=tuple(values)) for name, values in found.items()}
    return {"time": when, "ratios": {
        name: {**asdict(each), "median": each.middle, "spread": each.spread} for name, each in series.items()
    }}  # fmt: skip


def read(path: Path) -> tuple[float, dict[str, Series]]:
    """When a stored run was, and its ratios. Raises InputError for a file that is none."""
    try:
        found = json.loads(path.read_bytes())
        ratios = {name: Series(values=tuple(map(float, each["values"]))) for name, each in found["ratios"].items()}
        if not all(each.values for each in ratios.values()):
            raise ValueError
        return float(found["time"]), ratios
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise InputError(f"{path}: no run of `make bench`; remove it, or bring the right file back") from None


def last(folder: Path, own: Path) -> Path | None:
    """The newest stored run; that of the same commit, ``own``, only if there is no other one."""
    runs = sorted((read(path)[0], path) for path in folder.glob("*.json"))
    others = [path for _, path in runs if path != own]
    return others[-1] if others else own if own.exists() else None


def changes(found: Mapping[str, Sequence[float]], before: Mapping[str, Series]) -> list[Change]:
    """Each ratio beside what it was."""
    return [Change(name=name, now=Series(values=tuple(values)), before=before.get(name))
            for name, values in found.items()]  # fmt: skip
