# SPDX-License-Identifier: Apache-2.0
"""train.delgrad.core.grid: a network in the core's integers fires when the closed form says, up to rounding."""

import numpy as np
import pytest
import torch

from model.batch import GoldenBatch
from model.network import UNTIL_END
from model.readout import ReadoutKind
from support.errors import InputError
from train.delgrad.config import DelayKind, DelGradConfig, DelGradLayers
from train.delgrad.core.grid import Grid, to_core
from train.delgrad.network import DelGradNetwork
from train.delgrad.neuron import Ratio


def network_of(kind: DelayKind = DelayKind.SYNAPTIC, ratio: Ratio = 2) -> DelGradNetwork:
    layers = DelGradLayers(hidden=(12,), delays=kind, ratio=ratio, weight_mean=(3.0, 1.0), weight_spread=(1.0, 0.5))
    config = DelGradConfig(method="delgrad", name="x", network=layers)
    return DelGradNetwork(4, 3, config)


def axon_times(grid: Grid, count: int = 40) -> torch.Tensor:
    """On the grid, so that nothing is rounded here."""
    rng = np.random.default_rng(3)
    return torch.from_numpy(rng.integers(0, 2 * grid.steps, (count, 4)) / grid.steps).float()


@pytest.mark.parametrize("kind", list(DelayKind))
@pytest.mark.parametrize("ratio", [1, 2])
def test_spike_times_are_those_of_the_closed_form(kind: DelayKind, ratio: Ratio) -> None:
    """A few hundredths of a time constant: steps, weights, leaks."""
    grid, network = Grid(steps=32, taps=8), network_of(kind, ratio)
    times = axon_times(grid)
    core = to_core(network, grid)
    spikes = GoldenBatch(core).run(grid.raster(times.numpy())).spikes
    assert (spikes.sum(1) <= 1).all()
    records = network.record(times)
    first = 0
    for number, record in enumerate(records):
        expected = record.spikes.numpy()  # after dendritic delays, which the core has before the neuron
        count = expected.shape[1]
        seen = grid.times(spikes[:, :, first : first + count], number)
        both = np.isfinite(seen) & np.isfinite(expected) & (expected < 4)
        assert both.mean() > 0.5
        assert np.median(np.abs(seen - expected)[both]) < 0.05
        first += count


def test_what_the_core_gets() -> None:
    grid, network = Grid(steps=32, taps=4), network_of()
    core = to_core(network, grid, name="it", labels=("a", "b", "c"))
    assert (core.axons, core.neurons.count, core.name) == (4, 15, "it")
    assert (core.neurons.refractory == UNTIL_END).all()
    assert core.readout.kind is ReadoutKind.FIRST_SPIKE
    assert core.readout.neurons == (12, 13, 14)
    assert np.abs(core.weight).max() <= 127
    assert core.delay[core.source >= 4].min() >= 1
    # All taps of a pair together are its weight, to the resolution of all of them.
    pair = (core.source == 2) & (core.target == 5)
    real = network.stack[0].effective_weights().detach().numpy()
    scale = 4 * 127 / np.abs(real[5]).max()
    assert core.weight[pair].sum() == round(real[5, 2] * scale)
    assert (np.diff(core.delay[pair]) == 1).all()


def test_events() -> None:
    grid = Grid(steps=10, taps=1)
    raster = grid.raster(np.array([[0.0, 1.04, np.inf]]))
    assert raster.shape == (1, 60, 3)
    assert np.argwhere(raster[0]).tolist() == [[0, 0], [10, 1]]
    spikes = np.zeros((1, 60, 2), np.bool_)
    spikes[0, 7, 1] = True
    assert grid.times(spikes, 0).tolist() == [[np.inf, 0.75]]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"steps": 0}, "steps of a time constant must be in 1..4096, not 0"),
        ({"taps": 65}, "taps must be in 1..64, not 65"),
    ],
)
def test_wrong_grids(options: dict[str, int], said: str) -> None:
    with pytest.raises(InputError, match=said):
        Grid(**options)


def test_a_threshold_that_is_too_large() -> None:
    with pytest.raises(InputError, match=r"a threshold of \d+ does not fit 12 bits of state; expected at most 2047"):
        to_core(network_of(), Grid(steps=64, taps=8, state_bits=12))
