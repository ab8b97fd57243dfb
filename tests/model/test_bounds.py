# SPDX-License-Identifier: Apache-2.0
"""Bounds hold, and are reached."""

import dataclasses

import numpy as np
import pytest

from model.bounds import (
    accumulator_bits,
    arrival_bounds,
    current_bounds,
    rows,
    signed_bits,
    worst_case_capacity,
)
from model.golden import GoldenCore
from model.random_network import random_config, random_network, random_raster
from tests.model.examples import full_network, network


def test_arrivals_add_up_every_synapse_of_a_sign() -> None:
    low, high = arrival_bounds(network([(0, 0, 0, 5), (0, 0, 1, 7), (1, 0, 0, -3), (2, 1, 1, -1)]))
    assert low.tolist() == [-3, -1, 0]
    assert high.tolist() == [12, 0, 0]


@pytest.mark.parametrize("beta", [0, 1, 1000, 2048, 4000, 4095])
@pytest.mark.parametrize("arrivals", [1, 2, 17, 1000])
def test_the_current_bound_is_where_the_current_stops(beta: int, arrivals: int) -> None:
    net = network([(0, 0, 0, arrivals), (1, 1, 0, -arrivals)], beta=beta)
    bound = 0
    while (after := bound * beta // 4096 + arrivals) != bound:
        bound = after
    low, high = current_bounds(net)
    assert (low[1], high[0], low[0], high[1]) == (-bound, bound, 0, 0)


def test_without_leak_the_current_grows_for_all_steps() -> None:
    low, high = current_bounds(network([(0, 0, 0, 3), (1, 0, 0, -2)], beta=4096, max_steps=50))
    assert (low[0], high[0]) == (-100, 150)


@pytest.mark.parametrize("seed", range(20))
def test_no_run_leaves_the_bounds(seed: int) -> None:
    rng = np.random.default_rng(seed)
    net = random_network(rng, random_config(rng), density=0.5)
    bounds = [*arrival_bounds(net), *current_bounds(net)]
    core = GoldenCore(net)
    for events in random_raster(rng, net, 40, 0.5):
        record = core.step(np.flatnonzero(events))
        assert (bounds[0] <= record.arrivals).all()
        assert (record.arrivals <= bounds[1]).all()
        assert (bounds[2] <= record.current).all()
        assert (record.current <= bounds[3]).all()


@pytest.mark.parametrize(
    ("low", "high", "bits"), [(0, 0, 1), (-1, 0, 1), (0, 1, 2), (-2, 1, 2), (-129, 0, 9), (0, 128, 9)]
)
def test_signed_bits(low: int, high: int, bits: int) -> None:
    assert signed_bits(low, high) == bits


def test_accumulator_bits() -> None:
    assert accumulator_bits(network([])) == 2
    assert accumulator_bits(network([(0, 0, 0, 64), (1, 0, 0, 63)])) == 8
    assert accumulator_bits(network([(0, 0, 0, 64), (1, 0, 0, 64)])) == 9
    assert accumulator_bits(network([(0, 0, 0, -64), (1, 0, 0, -64)])) == 8


def test_rows_and_capacity_of_delay_levels() -> None:
    net = full_network()
    source, level = rows(net)
    assert list(zip(source.tolist(), level.tolist(), strict=True)) == [(0, 0), (0, 3), (1, 2), (3, 0), (3, 3), (7, 1)]
    assert worst_case_capacity(net) == 3 + 2 + 3 + 1
    assert worst_case_capacity(network([])) == 0
    assert len(rows(dataclasses.replace(network([])))[0]) == 0


@pytest.mark.parametrize("rate", [1.0, 0.5])
def test_no_queue_holds_more_than_the_capacity(rate: float) -> None:
    """A queue in ten lines: an event waits at the end of as many steps as its highest delay level says."""
    rng = np.random.default_rng(3)
    net = random_network(rng, random_config(rng, neurons=20, delays=9, synapse_words=1500, rows=800), full=True)
    highest = np.zeros(net.axons + net.neurons.count, np.int64)
    np.maximum.at(highest, net.source, net.level)
    queue: list[tuple[int, int]] = []
    peak = 0
    for _ in range(50):
        fired = np.flatnonzero(rng.random(len(highest)) < rate)
        queue = [(source, age + 1) for source, age in queue if age + 1 < highest[source]]
        queue += [(int(source), 0) for source in fired if highest[source]]
        peak = max(peak, len(queue))
    assert 0 < peak <= worst_case_capacity(net)
    assert rate < 1 or peak == worst_case_capacity(net)
