# SPDX-License-Identifier: Apache-2.0
"""Scenarios keep to what a host may do."""

from collections.abc import Iterator

import pytest

from model.config import CoreConfig, DelayUnit
from model.delay.spec import Holds
from tb.delay.scenarios import Scenario, builds, limit_of, scenarios
from tb.delay.unit import benched

BUILDS = [config for unit in DelayUnit for config in builds(unit).values()]


def everything(config: CoreConfig) -> Iterator[Scenario]:
    return scenarios(config, lost=5)


@pytest.mark.parametrize("config", BUILDS, ids=lambda config: f"{config.delay_unit}-{config.delays}")
def test_arrivals_and_tables_are_legal(config: CoreConfig) -> None:
    for scenario in everything(config):
        for source, mask in enumerate(scenario.masks):
            assert mask <= set(range(config.delays))
            assert 0 <= scenario.bases[source] <= config.rows - len(mask)
            if config.spec.holds is Holds.SOURCES and max(mask, default=0):
                assert 0 <= source - scenario.first_kept < config.queue_depth
        assert 0 <= scenario.capacity <= config.queue_depth
        for act in [act for part in scenario.parts for act in part.acts]:
            assert len(set(act.arrivals)) == len(act.arrivals)
            assert set(act.arrivals) <= set(range(config.sources))


@pytest.mark.parametrize("unit", [unit for unit in DelayUnit if unit.has_queues])
def test_what_is_done_to_queues(unit: DelayUnit) -> None:
    """Queues overflow in some scenarios and fill to the last place in others; nothing is lost where a flush cuts."""
    for config in builds(unit).values():
        lost, peaks = [], set()
        for scenario in everything(config):
            model = benched(unit).model(config, scenario.masks, limit_of(config, scenario.capacity))
            for act in [act for part in scenario.parts for act in part.acts]:
                model.step(act.arrivals)
                if act.flush:
                    model.flush()
            peaks.add(model.peak)
            if any(act.flush for part in scenario.parts for act in part.acts):
                assert model.lost == 0, scenario.name
            else:
                lost.append(model.lost)
        assert max(peaks) == config.queue_depth
        assert 0 in lost
        assert max(lost) > 20


def test_scenarios_are_the_same_each_time() -> None:
    config = BUILDS[0]
    assert list(scenarios(config)) == list(scenarios(config))
