# SPDX-License-Identifier: Apache-2.0
"""train.delgrad.core.loop: what the core reports is what training learns from; tuning helps, and is deterministic."""

import numpy as np
import torch

from model.network import Network
from train.delgrad.config import DelayKind, DelGradConfig, DelGradLayers, DelGradTraining
from train.delgrad.core.grid import Grid, to_core
from train.delgrad.core.loop import CoreForward, Raster, core_accuracy, golden, tune
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
    calls = []

    def core(each: Network, events: Raster) -> Raster:
        calls.append(len(events))
        return golden(each, events)

    tuned = tune(network, config, CoreForward(GRID, core), epochs=2, rate=1e-2)
    again = tune(network, config, CoreForward(GRID), epochs=2, rate=1e-2)
    assert sum(calls) == 2 * 5000
    for one, other in zip(tuned.parameters(), again.parameters(), strict=True):
        assert torch.equal(one, other)
    after, _ = core_accuracy(to_core(tuned, GRID), samples, GRID)
    assert after > before
