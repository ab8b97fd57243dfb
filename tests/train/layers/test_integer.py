# SPDX-License-Identifier: Apache-2.0
"""train.layers.integer against model.batch: spike for spike, potential for potential, on random networks."""

import numpy as np
import pytest
import torch
from torch import Tensor

from model.batch import GoldenBatch
from model.network import Network, ReadoutKind, Reset
from support.errors import InputError
from train.layers.integer import IntegerLayer, IntegerNetwork, IntegerSynapses

AXONS, STEPS, SAMPLES = 11, 25, 8


def random_network(seed: int, *, state_bits: int = 20, weight: int = 20) -> IntegerNetwork:
    """Two hidden layers and a read-out with every kind of parameter, every other one recurrent."""
    random = np.random.default_rng(seed)
    sizes = (AXONS, *random.integers(2, 8, 3))
    top = (1 << (state_bits - 1)) - 1
    layers = []

    def synapses(sources: int, targets: int, delays: tuple[int, ...] = ()) -> IntegerSynapses:
        delays = delays or tuple(np.sort(random.choice(np.arange(1, 12), 4, replace=False)).tolist())
        shape = (len(delays), sources, targets)
        values = random.integers(-weight, weight + 4, shape) * (random.random(shape) < 0.6)
        return IntegerSynapses(delays=delays, weight=torch.from_numpy(values))

    for k in range(3):
        count = sizes[k + 1]
        parameters = {
            "alpha": random.integers(2500, 4097, count),
            "beta": random.integers(0, 3000, count) * (random.random(count) < 0.5),
            "bias": random.integers(-4, 5, count),
            "threshold": random.integers(20, 60, count) if k < 2 else np.full(count, top + 1),
        }
        layers.append(IntegerLayer(
            synapses=synapses(sizes[k], count, (0,) if k == 0 else ()),
            recurrent=synapses(count, count) if k < 2 and seed % 3 == 0 else None,
            reset=Reset(seed % 2) if k < 2 else Reset.NONE,
            **{key: torch.from_numpy(np.asarray(value)) for key, value in parameters.items()},
        ))  # fmt: skip
    readout = (ReadoutKind.LAST_POTENTIAL, ReadoutKind.POTENTIAL_SUM)[seed // 2 % 2]
    return IntegerNetwork(layers=tuple(layers), readout=readout, state_bits=state_bits)


def compare(integers: IntegerNetwork, network: Network, events: np.ndarray) -> np.ndarray:
    """Assert that both agree on every spike and potential; the spikes (samples, steps, neurons) are returned."""
    golden = GoldenBatch(network).run(events)
    output = integers.forward(torch.from_numpy(events.transpose(1, 0, 2).copy()))
    spikes = torch.cat(output.spikes, dim=2).transpose(0, 1).numpy()
    assert np.array_equal(golden.spikes, spikes)
    readout = list(network.readout.neurons)
    assert np.array_equal(golden.potential[:, readout], output.potentials[-1][-1].numpy())
    assert np.array_equal(golden.potential_sum[:, readout], output.potentials[-1].sum(0).numpy())
    assert np.array_equal(golden.predicted, output.score.numpy().argmax(1))
    return spikes


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("state_bits", [20, 9])
def test_same_spikes_as_golden(seed: int, state_bits: int) -> None:
    integers = random_network(seed, state_bits=state_bits)
    network = integers.network(max_steps=STEPS)
    events = np.random.default_rng(100 + seed).random((SAMPLES, STEPS, AXONS)) < 0.3
    spikes = compare(integers, network, events)
    assert 0 < spikes.mean() < 0.9


def test_narrow_states_do_saturate() -> None:
    """Otherwise the clamp would go untested above."""
    events = torch.from_numpy(np.random.default_rng(101).random((STEPS, SAMPLES, AXONS)) < 0.3)
    top, bottom = 0, 0
    for seed in range(12):
        integers = random_network(seed, state_bits=9)
        for v in integers.forward(events).potentials:
            top += int((v == integers.vmax).sum())
            bottom += int((v == -integers.vmax - 1).sum())
    assert top > 0
    assert bottom > 0


def test_neurons_are_numbered_layer_by_layer() -> None:
    integers = random_network(4)
    network = integers.network(max_steps=STEPS, name="x", labels=())
    sizes = [len(layer.bias) for layer in integers.layers]
    assert network.neurons.count == sum(sizes)
    assert network.readout.neurons == tuple(range(sizes[0] + sizes[1], sum(sizes)))
    assert network.synapses == sum(int((layer.synapses.weight != 0).sum()) for layer in integers.layers)
    group = integers.layers[1].synapses
    level, source, target = (int(i) for i in group.weight.nonzero()[5])
    found = np.flatnonzero(
        (network.source == AXONS + source) & (network.target == sizes[0] + target)
        & (network.delay == group.delays[level])
    )  # fmt: skip
    assert network.weight[found].tolist() == [int(group.weight[level, source, target])]


def test_sums_that_float32_cannot_hold_are_refused() -> None:
    def vector(value: int) -> Tensor:
        return torch.full((1,), value)

    with pytest.raises(InputError, match="arrivals of up to 16777216 are not exact in float32"):
        IntegerLayer(
            synapses=IntegerSynapses(delays=(0,), weight=torch.full((1, 2, 1), 1 << 23)), alpha=vector(0),
            beta=vector(0), bias=vector(0), threshold=vector(1), reset=Reset.ZERO,
        )  # fmt: skip
