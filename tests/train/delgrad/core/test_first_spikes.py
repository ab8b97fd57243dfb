# SPDX-License-Identifier: Apache-2.0
"""train.delgrad.core.first_spikes: the golden model's spikes for any parameters, and refusals of what it is not for."""

import dataclasses
from typing import Any

import numpy as np
import pytest

from model.batch import GoldenBatch
from model.network import UNTIL_END, Network
from support.errors import InputError
from tests.model.examples import network
from train.delgrad.core.first_spikes import first_spikes

AXONS, NEURONS, STEPS = 6, 12, 40


def random_network(rng: np.random.Generator) -> Network:
    """Every neuron listens to axons and to neurons before it; extreme parameters included."""
    synapses = {}
    for _ in range(250):
        target = int(rng.integers(NEURONS))
        source = int(rng.integers(AXONS + target))
        synapses[source, target, int(rng.integers(1, 20))] = int(rng.choice([-1, 1]) * rng.integers(1, 128))
    any_leak = [0, 1, 1500, 3900, 4000, 4064, 4096]
    return network(
        [(*key, weight) for key, weight in synapses.items()], axons=AXONS, count=NEURONS, state_bits=12,
        alpha=rng.choice(any_leak, NEURONS), beta=rng.choice(any_leak[:-1], NEURONS),
        bias=rng.choice([0, 0, 0, 3, -5], NEURONS), threshold=rng.choice([-5, 0, 100, 700, 2048], NEURONS),
        floor=rng.choice([-2048, -50, 0, 20], NEURONS), refractory=UNTIL_END,
    )  # fmt: skip


@pytest.mark.parametrize("seed", range(20))
def test_spikes_are_those_of_the_golden_model(seed: int) -> None:
    rng = np.random.default_rng(seed)
    net = random_network(rng)
    events = np.zeros((30, STEPS, AXONS), np.bool_)
    step = rng.integers(0, STEPS + 10, (30, AXONS))
    sample, axon = np.nonzero(step < STEPS)
    events[sample, step[sample, axon], axon] = True
    expected = GoldenBatch(net).run(events).spikes
    assert expected.any()
    assert not expected.all()
    assert np.array_equal(first_spikes(net, events), expected)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"refractory": [UNTIL_END, 5]}, "every neuron must be refractory until the end of sample"),
        ({"synapses": [(0, 0, 1, 1), (1, 0, 1, 1)]}, "every neuron must come after those that it listens to"),
        ({"events": 2}, "an axon must not fire twice in a sample"),
    ],
)
def test_refusals(options: dict[str, Any], said: str) -> None:
    options = {"synapses": [(0, 0, 0, 1), (1, 1, 1, 1)], "refractory": UNTIL_END, "events": 1, **options}
    net = network(options["synapses"], axons=1, count=2, refractory=UNTIL_END)
    net = dataclasses.replace(net, neurons=dataclasses.replace(net.neurons, refractory=options["refractory"]))
    events = np.zeros((1, 9, 1), np.bool_)
    events[0, : options["events"]] = True
    with pytest.raises(InputError, match=f"first spikes: {said}"):
        first_spikes(net, events)
