# SPDX-License-Identifier: Apache-2.0
"""Where one unit begins to need less than another, along the sweep of activity."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from flow.delay_report.records import PointRecord, Quantity

QUANTITIES: dict[Quantity, str] = {
    "needed_bits": "memory that the activity needs",
    "energy_nj_per_step": "energy of the memories that differ",
}


@dataclass(frozen=True, kw_only=True)
class Crossing:
    """Two units and the activities at which their curves cross."""

    quantity: Quantity
    first: str
    """Needs less below the first crossing, or everywhere."""
    second: str
    at: tuple[float, ...]


def curve(points: Sequence[PointRecord], unit: str, quantity: Quantity) -> list[float]:
    """A quantity of a unit at each point of a sweep."""
    return [point["units"][unit][quantity] for point in points]


def crossings(points: Sequence[PointRecord]) -> list[Crossing]:
    """Every crossing of two units along a sweep of activity, straight between the points on logarithmic axes."""
    activity = np.log([point["activity_seen"] for point in points])
    found = []
    for quantity in QUANTITIES:
        for first, second in combinations(points[0]["units"], 2):
            one, other = (np.log(curve(points, unit, quantity)) for unit in (first, second))
            gap = one - other
            at = [
                float(np.exp(activity[i] - gap[i] * (activity[i + 1] - activity[i]) / (gap[i + 1] - gap[i])))
                for i in range(len(gap) - 1)
                if gap[i] * gap[i + 1] < 0
            ]
            less, more = (first, second) if gap[0] <= 0 else (second, first)
            if np.any(gap != 0):
                found.append(Crossing(quantity=quantity, first=less, second=more, at=tuple(at)))
    return found


def by_formula(point: PointRecord) -> dict[tuple[str, str], float]:
    """The activities at which the published formulas cross, with the widths of the build at ``point``.

    Each formula is a constant and a part that grows with activity.
    """
    found = {}
    for (first, one), (second, other) in combinations(point["units"].items(), 2):
        gap, gap_of_all = (a - b for a, b in zip(one["formula_at"], other["formula_at"], strict=True))
        slope = gap_of_all - gap
        if slope and -gap / slope > 0:
            found[first, second] = -gap / slope
    return found
