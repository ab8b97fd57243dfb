# SPDX-License-Identifier: Apache-2.0
"""The model of the delay units against ten obvious lines, and a hand-made overflow."""

from collections import Counter

import numpy as np
import pytest

from model.config import CoreConfig, DelayUnit
from model.delay.spec import Holds
from tb.delay.reference import UnitModel
from tb.delay.unit import benched

CONFIG = CoreConfig(neurons=10, axons=10, delays=7, rows=140, synapse_words=140)


def made(unit: DelayUnit, masks: list[set[int]], limit: int | None = None) -> UnitModel:
    return benched(unit).model(CONFIG.with_unit(unit), masks, limit)


@pytest.mark.parametrize("unit", list(DelayUnit))
def test_rows_of_each_step(unit: DelayUnit) -> None:
    """A row leaves ``level`` steps after its source arrived, ahead by less than there are slots."""
    rng = np.random.default_rng(1)
    config = CONFIG.with_unit(unit)
    slots = config.slots
    masks = [set(np.flatnonzero(rng.random(7) < density).tolist()) for density in rng.choice([0, 0.3, 1.0], 20)]
    steps = [rng.permutation(20)[: rng.integers(0, 20)].tolist() for _ in range(30)]
    due: list[Counter[tuple[int, int]]] = [Counter() for _ in range(len(steps) + 7)]
    for step, sources in enumerate(steps):
        for source in sources:
            for level in masks[source]:
                due[step + level // slots * slots][source, level] += 1
    model = made(unit, masks)
    held = []
    for step, sources in enumerate(steps):
        rows = model.step(sources)
        assert Counter(rows) == due[step]
        held.append(model.held)
    levels = np.array([max(mask, default=0) for mask in masks])
    lasts = np.zeros(20, int) if unit.spec.holds is Holds.NOTHING else unit.spec.held_levels(config, levels)
    alive = [sum(lasts[s] > age for age in range(7) if step >= age for s in steps[step - age])
             for step in range(len(steps))]  # fmt: skip
    assert held == alive
    assert (model.peak, model.lost) == (max(held) if unit.has_queues else 0, 0)


def test_an_overflow_loses_the_last() -> None:
    model = made(DelayUnit.SCDQ, [{2}, {1}, {2}], limit=2)
    assert model.step([0, 1, 2]) == []
    assert (model.held, model.peak, model.lost) == (2, 2, 0)
    assert model.step([2]) == [(1, 1)]
    assert model.lost == 1, "a step has ended that misses it"
    assert model.step([]) == [(0, 2)]
    model.clear_counters()
    assert (model.held, model.peak, model.lost) == (1, 0, 0)
    model.flush()
    assert model.step([]) == []


def test_a_history_is_visited_in_order_of_address() -> None:
    model = made(DelayUnit.BITMAP, [{1, 2}, {0, 1}])
    assert model.step([1, 0]) == [(1, 0)]
    assert model.step([0]) == [(0, 1), (1, 1)]
    assert model.visits == [1, 1]
    assert model.step([]) == [(0, 1), (0, 2)]
    assert model.visits == [2]
