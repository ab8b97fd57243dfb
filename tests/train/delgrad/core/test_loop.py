# SPDX-License-Identifier: Apache-2.0
"""train.delgrad.core.loop: what the core reports is what training learns from; tuning helps, and is deterministic."""

from functools import partial

import numpy as np
import torch

from model.disturbances import LEAKS
from model.imperfect.mismatch import Mismatch, on_device
from model.network import Network
from train.delgrad.config import DelayKind, DelGradConfig, DelGradLayers, DelGradTraining
from train.delgrad.core.grid import Grid, to_core
from train.delgrad.core.loop import CoreForward, Raster, Tuning, core_accuracy, golden, tune
from train.delgrad.fit import Fit
from train.delgrad.run import Samples

GRID = Grid(steps=16, taps=2)


def config_of(kind: DelayKind = DelayKind.AXONAL) -> DelGradConfig:
    return DelGradConfig(
        method="delgrad", name="x",
        network=DelGradLayers(hidden=(8,), delays=kind, weight_mean=(1.5, 0.3), weight_spread=(1.6, 1.0)),
        training=DelGradTraining(epochs=2, batch=500, learning_rate=0.02),
    )  # fmt: skip


def test_observed_spikes_are_those_of_the_core() -> None:
    """By layer, before dendritic delays."""
    for kind in (DelayKind.AXONAL, DelayKind.DENDRITIC):
        config = config_of(kind)
        fit = Fit(config)
        times = fit.validation.times[:50]
        seen = CoreForward(GRID)(fit.network, times)
        spikes = golden(to_core(fit.network, GRID), GRID.raster(times.double().numpy()))
        assert [each.shape[1] for each in seen] == [8, 3]
        late = GRID.times(spikes[:, :, 8:], 1)
        if kind is DelayKind.DENDRITIC:
            late = late - fit.network.stack[1].delays.effective().detach().numpy()
        np.testing.assert_allclose(seen[1].numpy(), late, rtol=1e-5)


def test_tuning_helps_and_is_deterministic() -> None:
    config = config_of()
    network = Fit(config).run()
    samples = Samples("validation", config)
    before, _ = core_accuracy(to_core(network, GRID), samples, GRID)
    calls, tuning = [], Tuning(epochs=2, rate=1e-2)

    def core(each: Network, events: Raster) -> Raster:
        calls.append(len(events))
        return golden(each, events)

    tuned = tune(network, config, CoreForward(GRID, core), tuning)
    again = tune(network, config, CoreForward(GRID), tuning)
    assert sum(calls) == 2 * (5000 + 1000)
    for one, other in zip(tuned.parameters(), again.parameters(), strict=True):
        assert torch.equal(one, other)
    after, _ = core_accuracy(to_core(tuned, GRID), samples, GRID)
    assert after > before


def test_training_learns_around_mismatch() -> None:
    """On the device, with its own offsets, which stay while weights and delays change."""
    config = config_of()
    device = partial(on_device, mismatch=Mismatch(sigma=0.5, names=("threshold", *LEAKS)), device=2)
    network = Fit(config).run()
    samples = Samples("validation", config)
    forward = CoreForward(GRID, device=device)
    plain, off = to_core(network, GRID), forward.network(network)
    assert not np.array_equal(off.neurons.threshold, plain.neurons.threshold)
    assert not np.array_equal(off.neurons.alpha, plain.neurons.alpha)
    assert np.array_equal(off.weight, plain.weight)
    before, _ = core_accuracy(off, samples, GRID)
    tuned = tune(network, config, forward, Tuning(epochs=2, rate=1e-2))
    after, _ = core_accuracy(forward.network(tuned), samples, GRID)
    assert after > before + 0.05
