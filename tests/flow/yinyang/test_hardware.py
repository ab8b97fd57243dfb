# SPDX-License-Identifier: Apache-2.0
"""flow.yinyang.hardware: the RTL does what the golden model does, also in the loop."""

import numpy as np
import torch

from flow.yinyang.hardware import Rtl
from train.delgrad.config import DelayKind, DelGradConfig, DelGradLayers, DelGradTraining
from train.delgrad.core.grid import Grid, to_core
from train.delgrad.core.loop import CoreForward, golden
from train.delgrad.fit import Fit

GRID = Grid(steps=8, taps=2)


def test_rtl_and_golden_model_in_the_loop_give_the_same_network() -> None:
    """Two steps of training on few samples, each with another image in one and the same simulator."""
    config = DelGradConfig(
        method="delgrad", name="x",
        network=DelGradLayers(hidden=(5,), delays=DelayKind.AXONAL, weight_mean=(1.5, 0.3), weight_spread=(1.6, 1.0)),
        training=DelGradTraining(epochs=1, batch=15),
    )  # fmt: skip
    networks = []
    for core in (golden, Rtl()):
        fit = Fit(config, forward=CoreForward(GRID, core))
        fit.train.times, fit.train.labels = fit.train.times[:30], fit.train.labels[:30]
        fit.run()
        networks.append(fit.network)
    for one, other in zip(networks[0].parameters(), networks[1].parameters(), strict=True):
        assert torch.equal(one, other)


def test_spikes() -> None:
    config = DelGradConfig(method="delgrad", name="x", network=DelGradLayers(hidden=(5,)))
    fit = Fit(config)
    network, events = to_core(fit.network, GRID), GRID.raster(fit.validation.times[:20].double().numpy())
    expected = golden(network, events)
    assert expected.any()
    assert np.array_equal(Rtl()(network, events), expected)
