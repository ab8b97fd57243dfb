# SPDX-License-Identifier: Apache-2.0
"""What the benches know of each unit fits its builds."""

import pytest

from model.config import DelayUnit
from model.delay.spec import Holds
from tb.delay.scenarios import builds
from tb.delay.unit import benched


@pytest.mark.parametrize("unit", list(DelayUnit))
def test_a_build_for_each_depth(unit: DelayUnit) -> None:
    bench, found = benched(unit), builds(unit)
    assert set(bench.depths) == set(found)
    assert set(bench.options) <= set(found)
    assert {name: config.queue_depth for name, config in found.items()} == dict(bench.depths)
    assert {config.delay_unit for config in found.values()} == {unit}


@pytest.mark.parametrize("unit", list(DelayUnit))
def test_memories_are_smaller_than_the_worst_case(unit: DelayUnit) -> None:
    """Or no bench would ever see a full queue, or a source without a history."""
    for config in builds(unit).values():
        worst = {Holds.EVENTS: config.sources * (config.delays - 1), Holds.SOURCES: config.sources}
        if unit.spec.holds in worst:
            assert config.queue_depth < worst[unit.spec.holds]
