# SPDX-License-Identifier: Apache-2.0
"""Disturbances: none at level 0, what follows at the extremes, the right statistics in between."""

import dataclasses
from typing import Any

import numpy as np
import pytest

from model.batch import GoldenBatch
from model.config import preset
from model.disturbances import (
    chance,
    delay_jitter,
    delay_mismatch,
    dropped_events,
    leak_mismatch,
    pair_mismatch,
    spurious_events,
    threshold_mismatch,
    weight_mismatch,
)
from model.network import Network, Readout, Reset
from model.random_network import random_layers, random_network
from support.errors import InputError
from tests.model.examples import full_network, network

LIMITS = (-128, 127)


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def many(weight: int = 100, delay: int = 10, count: int = 20_000) -> Network:
    """One neuron with very many synapses of one weight and delay."""
    return network([(axon, 0, delay, weight) for axon in range(count)], axons=count, count=1)


@pytest.mark.parametrize("seed", range(10))
def test_level_0_changes_nothing(seed: int) -> None:
    net = random_network(rng(seed), preset("odd"), full=True)
    events = rng(seed).random((4, 9, net.axons)) < 0.4
    assert weight_mismatch(net, 0.0, rng(), (-16, 15)) == net
    assert threshold_mismatch(net, 0.0, rng()) == net
    assert leak_mismatch(net, 0.0, rng()) == net
    assert pair_mismatch(net, 0.0, rng(), LIMITS) == net
    assert delay_mismatch(net, 0, rng(), preset("odd").delays) == net
    assert delay_jitter(net, 0.0, rng()) == net
    assert np.array_equal(dropped_events(events, 0.0, rng()), events)
    assert np.array_equal(spurious_events(events, 0.0, rng()), events)


def test_equal_generators_give_equal_noise() -> None:
    net = random_layers(rng())
    for noisy in (
        lambda seed: weight_mismatch(net, 0.1, rng(seed), LIMITS),
        lambda seed: threshold_mismatch(net, 0.1, rng(seed)),
        lambda seed: leak_mismatch(net, 0.1, rng(seed)),
        lambda seed: pair_mismatch(net, 0.1, rng(seed), LIMITS),
        lambda seed: delay_mismatch(net, 2, rng(seed), 64),
        lambda seed: delay_jitter(net, 0.5, rng(seed)),
    ):
        assert noisy(1) == noisy(1)
        assert noisy(1) != noisy(2)


def test_weight_mismatch_statistics() -> None:
    seen = weight_mismatch(many(100), 0.05, rng(), LIMITS).weight
    assert abs(seen.mean() - 100) < 0.2
    assert abs(seen.std() - 5) < 0.1
    negative = weight_mismatch(many(-40), 0.1, rng(), LIMITS).weight
    assert abs(negative.mean() + 40) < 0.2
    assert abs(negative.std() - 4) < 0.1


def test_weights_stay_in_range_and_those_of_0_are_gone() -> None:
    seen = weight_mismatch(many(3), 1e9, rng(), (-8, 7))
    assert set(seen.weight.tolist()) == {-8, 7}
    near = weight_mismatch(many(1, count=20_000), 0.25, rng(), LIMITS)
    assert 0 not in near.weight
    # P(0) = P(error <= -0.5) = Phi(-2) = 2.28 %, P(2) the same.
    assert abs((20_000 - near.synapses) / 20_000 - 0.0228) < 0.004
    assert abs((near.weight == 2).mean() - 0.0228) < 0.004


def test_the_same_draw_at_every_level() -> None:
    small, large = (weight_mismatch(many(60), level, rng(3), (-1000, 1000)).weight - 60 for level in (0.1, 0.2))
    # Rounding apart, errors scale with the level.
    assert np.abs(large - 2 * small).max() <= 2


def test_threshold_mismatch() -> None:
    count = 20_000
    net = network([], axons=1, count=count, state_bits=20, threshold=[1000] * (count - 1) + [1 << 19], reset=Reset.ZERO)
    seen = threshold_mismatch(net, 0.1, rng())
    assert abs(seen.neurons.threshold[:-1].mean() - 1000) < 3
    assert abs(seen.neurons.threshold[:-1].std() - 100) < 3
    assert seen.neurons.threshold[-1] == seen.neurons.never
    assert dataclasses.replace(seen, neurons=net.neurons) == net
    wide = threshold_mismatch(net, 1e9, rng()).neurons.threshold
    assert set(wide[:-1].tolist()) == {net.neurons.vmin, net.neurons.vmax}


def test_thresholds_for_reset_by_subtraction_stay_at_least_0() -> None:
    net = network([], axons=1, count=500, threshold=50, reset=Reset.SUBTRACT)
    assert threshold_mismatch(net, 3.0, rng()).neurons.threshold.min() == 0


def test_delay_mismatch_statistics() -> None:
    seen = delay_mismatch(many(delay=10), 3, rng(), 64).delay
    assert np.bincount(seen, minlength=14)[:7].sum() == 0
    counts = np.bincount(seen)[7:]
    assert len(counts) == 7
    assert np.abs(counts / 20_000 - 1 / 7).max() < 0.01


@pytest.mark.parametrize(("delay", "delays"), [(0, {0, 1, 2}), (5, {3, 4, 5}), (3, {1, 2, 3, 4, 5})])
def test_delays_stay_in_range(delay: int, delays: set[int]) -> None:
    assert set(delay_mismatch(many(delay=delay), 2, rng(), 6).delay.tolist()) == delays


def test_delays_from_neurons_stay_at_least_1() -> None:
    net = network([(2 + n, 0, 1, 5) for n in range(100)], axons=2, count=100)
    assert set(delay_mismatch(net, 50, rng(), 4).delay.tolist()) == {1, 2, 3, 4}


def test_synapses_that_meet_are_added_up() -> None:
    net = network([(0, 0, d, w) for d, w in ((0, 5), (1, 7), (2, -3))] + [(1, 0, 0, 4), (1, 0, 1, -4)])
    seen = delay_mismatch(net, 0, rng(), 1 + 2)
    assert seen == net
    # A build of a single level takes all to it.
    together = delay_mismatch(
        dataclasses.replace(net, delay=np.zeros(1, int), source=[0], target=[0], weight=[9]), 5, rng(), 1
    )
    assert together.delay.tolist() == [0]
    totals = [
        (jittered.weight[jittered.source == 0].sum(), jittered.weight[jittered.source == 1].sum())
        for jittered in (delay_mismatch(net, 2, rng(seed), 3) for seed in range(50))
    ]
    assert set(totals) == {(9, 0)}
    sizes = {delay_mismatch(net, 2, rng(seed), 3).synapses for seed in range(50)}
    # All three of axon 0 on one delay, both of axon 1 cancelled: one synapse is left.
    assert {1, 5} <= sizes


def test_jitter_delays_all_events_of_some_sources() -> None:
    seen = delay_jitter(many(delay=10), 0.3, rng())
    assert abs((seen.delay == 11).mean() - 0.3) < 0.01
    assert set(seen.delay.tolist()) == {10, 11}
    net = random_network(rng(5), preset("odd"), density=0.8)
    moved = delay_jitter(net, 0.4, rng(1))
    shift = moved.delay - net.delay
    per_source = [set(shift[net.source == source].tolist()) for source in np.unique(net.source)]
    assert all(len(each) == 1 for each in per_source)
    assert set.union(*per_source) == {0, 1}
    # All axons a step late: as if every event came in the next step.
    inputs = random_network(rng(6), preset("odd"), density=0.8)
    outer = inputs.source < inputs.axons
    forward = dataclasses.replace(
        inputs, **{name: getattr(inputs, name)[outer] for name in ("source", "target", "delay", "weight")}
    )
    events = rng(7).random((4, 20, forward.axons)) < 0.4
    later = np.concatenate([np.zeros_like(events[:, :1]), events[:, :-1]], axis=1)
    assert np.array_equal(
        GoldenBatch(delay_jitter(forward, 1.0, rng())).run(events).spikes, GoldenBatch(forward).run(later).spikes
    )


def test_dropped_events() -> None:
    events = rng().random((30, 40, 50)) < 0.2
    left = dropped_events(events, 0.3, rng(1))
    assert not (left & ~events).any()
    assert abs(left.sum() / events.sum() - 0.7) < 0.01
    assert not dropped_events(events, 1.0, rng(1)).any()
    # More probability, the same events and more.
    assert not (dropped_events(events, 0.5, rng(1)) & ~left).any()
    assert events.sum() == (rng().random((30, 40, 50)) < 0.2).sum()


def test_spurious_events() -> None:
    events = rng().random((30, 40, 50)) < 0.2
    more = spurious_events(events, 0.05, rng(1))
    assert (more | events == more).all()
    assert abs((more & ~events).sum() / (~events).sum() - 0.05) < 0.003
    assert spurious_events(events, 1.0, rng(1)).all()


def test_samples_do_not_depend_on_those_behind() -> None:
    assert np.array_equal(chance((9, 4, 3), 0.5, rng(2))[:5], chance((5, 4, 3), 0.5, rng(2)))


def test_all_spikes_lost_is_a_network_without_their_synapses() -> None:
    net = random_network(rng(5), preset("odd"), density=0.8)
    events = rng(6).random((6, 20, net.axons)) < 0.4
    seen = GoldenBatch(net).run(events, chance((6, 20, net.neurons.count), 1.0, rng()))
    outer = net.source < net.axons
    cut = dataclasses.replace(net, **{n: getattr(net, n)[outer] for n in ("source", "target", "delay", "weight")})
    assert np.array_equal(seen.spikes, GoldenBatch(cut).run(events).spikes)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda net: weight_mismatch(net, -0.1, rng(), LIMITS), "weight mismatch must be at least 0, not -0.1"),
        (lambda net: weight_mismatch(net, float("nan"), rng(), LIMITS), "weight mismatch must be at least 0, not nan"),
        (lambda net: threshold_mismatch(net, -1, rng()), "threshold mismatch must be at least 0, not -1"),
        (lambda net: delay_mismatch(net, -1, rng(), 5), "delay mismatch must be at least 0, not -1"),
        (lambda net: delay_mismatch(net, 0.5, rng(), 5), "delay mismatch must be whole steps, not 0.5"),
        (lambda net: delay_jitter(net, 1.5, rng()), r"delay jitter: the probability must be in 0..1, not 1.5"),
        (lambda net: dropped_events(np.ones((1, 1), bool), 1.1, rng()), r"dropped events: the probability must be in"),
        (lambda net: spurious_events(np.ones((1, 1), bool), -1, rng()), r"spurious events: the probability must be in"),
    ],
)
def test_wrong_levels(call: object, message: str) -> None:
    with pytest.raises(InputError, match=f"^{message}"):
        call(full_network())  # type: ignore[operator]


def test_leak_mismatch() -> None:
    """Of what leaks, in integers; what leaks nothing or all stays."""
    count = 20_000
    neurons: dict[str, Any] = {"alpha": 4096 - 320, "beta": np.arange(count) % 2 * 4096}
    net = network([(0, 0, 0, 1)], count=count, readout=Readout(neurons=(0,)), **neurons)
    seen = leak_mismatch(net, 0.1, rng()).neurons
    assert seen.beta.tolist() == net.neurons.beta.tolist()
    loss = 4096 - seen.alpha
    assert loss.mean() == pytest.approx(320, abs=1)
    assert loss.std() == pytest.approx(32, rel=0.02)
    wild = leak_mismatch(net, 50.0, rng()).neurons.alpha
    assert (wild.min(), wild.max()) == (0, 4095)


def test_pairs_deviate_together() -> None:
    """Whatever their weights and delays, so training does not make another device of a network."""
    one = network([(0, 0, 0, 100), (0, 0, 1, 100), (2, 1, 1, 50)])
    other = dataclasses.replace(one, weight=np.array([100, 7, 50]), delay=np.array([0, 2, 1]))
    both = [pair_mismatch(net, 0.2, rng(5), LIMITS) for net in (one, other)]
    assert both[0].weight[0] == both[0].weight[1] == both[1].weight[0] != 100
    assert both[0].weight[2] == both[1].weight[2]
    assert pair_mismatch(one, 9.0, rng(5), (-8, 7)).weight.max() <= 7
