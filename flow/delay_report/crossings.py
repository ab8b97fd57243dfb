"""Where one unit begins to need less than another, along the sweep of activity."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from flow.delay_report import formulas

QUANTITIES = {
    "needed_bits": "memory that the activity needs",
    "energy_nj_per_step": "energy of the memories that differ",
}


@dataclass(frozen=True, kw_only=True)
class Crossing:
    """Two units and the activities at which their curves cross."""

    quantity: str
    first: str
    """Needs less below the first crossing, or everywhere."""
    second: str
    at: tuple[float, ...]


def needed_bits(unit: str, values: dict[str, Any], event_bits: int) -> float:
    """Bits of delay memory with queues just as deep as the activity needs; ring and bitmap do not depend on it."""
    copies = {"scdq": 2, "scdq1": 1}.get(unit)
    return values["provisioned_bits"] if copies is None else max(1, copies * values["held_peak"] * event_bits)


def curve(points: Sequence[dict[str, Any]], unit: str, quantity: str) -> list[float]:
    """A quantity of a unit at each point of a sweep."""
    if quantity == "needed_bits":
        return [needed_bits(unit, point["units"][unit], point["event_bits"]) for point in points]
    return [point["units"][unit][quantity] for point in points]


def crossings(points: Sequence[dict[str, Any]]) -> list[Crossing]:
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


def by_formula(point: dict[str, Any]) -> dict[tuple[str, str], float]:
    """The activities at which the published formulas cross, with the widths of the build at ``point``."""
    size = point["sources"], point["delays"]
    event, slot = point["event_bits"], point["accumulator_bits"]
    queue = {"scdq": formulas.scdq(*size, 1.0) * event, "scdq1": formulas.scdq1(*size, 1.0) * event}
    flat = {"ring": formulas.ring(point["targets"], size[1]) * slot, "bitmap": formulas.history(*size)}
    return {(unit, other): flat[other] / queue[unit] for unit in queue for other in flat}
