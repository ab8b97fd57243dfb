# SPDX-License-Identifier: Apache-2.0
"""The front: against all pairs, with equal points, and with columns that are not there."""

from itertools import pairwise

import numpy as np
import pytest

from flow.sweep.pareto import best, front
from flow.sweep.spec import Pareto
from support.errors import InputError


def beaten(point: tuple[float, float], points: list[tuple[float, float]]) -> bool:
    return any(x <= point[0] and y <= point[1] and (x, y) != point for x, y in points)


@pytest.mark.parametrize("seed", range(20))
def test_against_all_pairs(seed: int) -> None:
    dice = np.random.default_rng(seed)
    points = [(float(x), float(y)) for x, y in dice.integers(0, 8, (int(dice.integers(1, 40)), 2))]
    assert best(points) == [not beaten(point, points) for point in points]


def test_directions_groups_and_gaps() -> None:
    known = [(10, 0.5, "ring"), (20, 0.9, "bitmap"), (30, 0.8, "ring"), (5, None, None), (40, 0.95, None)]
    rows = [{"key": str(k), "bits": b, "accuracy": a, "unit": unit} for k, (b, a, unit) in enumerate(known)]
    found = front(Pareto(x="min bits", y="max accuracy", by="unit"), rows)
    assert [row["key"] for row, on in zip(found.rows, found.best, strict=True) if on] == ["0", "1", "4"]
    assert found.groups == ["unit ring", "unit bitmap", "unit none"]
    line = [(row["bits"], row["accuracy"]) for row, on in zip(found.rows, found.best, strict=True) if on]
    assert all(b[0] > a[0] and b[1] > a[1] for a, b in pairwise(line))


def test_columns() -> None:
    rows = [{"key": "a", "bits": 1, "unit": "ring"}]
    with pytest.raises(InputError, match="pareto: no result has cycles; there are key, bits, unit"):
        front(Pareto(x="min bits", y="min cycles"), rows)
    with pytest.raises(InputError, match="pareto: unit is 'ring' in a result; expected a figure"):
        front(Pareto(x="min bits", y="min unit"), rows)
    assert front(Pareto(x="min bits", y="min cycles"), []).rows == ()
