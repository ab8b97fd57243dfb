# SPDX-License-Identifier: Apache-2.0
"""model.delay.spec: arrivals of a sample, and what every unit has to say."""

from dataclasses import replace

import pytest

from model.config import DelayUnit
from model.delay.spec import Holds
from tests.model.delay.examples import CONFIG, arrivals


def test_levels_and_what_is_left_of_the_sample() -> None:
    assert arrivals().highest.tolist() == [0, 3, 7, 7]
    assert arrivals().rest.tolist() == [8, 8, 8, 1]


@pytest.mark.parametrize("unit", list(DelayUnit))
def test_what_a_unit_holds_decides_what_its_depth_counts(unit: DelayUnit) -> None:
    spec = unit.spec
    assert spec.entries(capacity=5, histories=9) == (9 if spec.holds is Holds.SOURCES else 5)
    assert spec.has_queues == unit.has_queues == (spec.holds is Holds.EVENTS)
    config = CONFIG.with_unit(unit, 20)
    assert 1 <= spec.slots(config) <= config.delays
    assert all(shape.depth == 20 for shape in spec.memories(config))
    assert bool(list(spec.memories(config))) == (spec.holds is not Holds.NOTHING)


@pytest.mark.parametrize("unit", list(DelayUnit))
def test_more_delays_need_more_memory(unit: DelayUnit) -> None:
    few, many = (replace(CONFIG, delays=delays).with_unit(unit, 20) for delays in (5, 8))
    bits = [unit.spec.formula_bits(config, sources=9, targets=5, activity=0.3) for config in (few, many)]
    assert 0 < bits[0] < bits[1]


@pytest.mark.parametrize("unit", [unit for unit in DelayUnit if unit.spec.options])
def test_options_have_a_default_among_their_choices(unit: DelayUnit) -> None:
    for option in unit.spec.options.values():
        assert option.default in option.choices
        assert option.says
