# SPDX-License-Identifier: Apache-2.0
"""The core in the loop: it runs the network in integers, DelGrad learns from the spikes that it reports.

Whatever the integers do, rounding of leaks included, is in the spikes, so training learns around it; nothing but spike
times is read out (arXiv 2404.19165). Weights and delays of the core are quantised copies of the real ones.
"""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from model.batch import GoldenBatch
from model.network import Network
from train.delgrad.config import DelayKind, DelGradConfig, DelGradNoise
from train.delgrad.core.grid import Grid, to_core
from train.delgrad.evaluate import Samples
from train.delgrad.fit import Fit
from train.delgrad.network import DelGradNetwork

Raster = NDArray[np.bool_]
Core = Callable[[Network, Raster], Raster]
"""Runs a network on events (samples, steps, axons), and returns its spikes (samples, steps, neurons)."""
EPOCHS, RATE = 12, 2e-3
"""Of tuning, and its learning rate at the start; of delays, in the same proportion."""


def golden(network: Network, events: Raster) -> Raster:
    """The golden model."""
    spikes: Raster = GoldenBatch(network).run(events).spikes
    return spikes


class CoreForward:
    """A forward pass for ``train.delgrad.fit.Fit``: on a core, with the network as it is now."""

    def __init__(self, grid: Grid, core: Core = golden) -> None:
        self.grid, self.core = grid, core

    def __call__(self, network: DelGradNetwork, times: Tensor) -> Sequence[Tensor]:
        """Spikes of each layer (batch, neurons), before dendritic delays, for those of the axons (batch, axons)."""
        spikes = self.core(to_core(network, self.grid), self.grid.raster(times.double().numpy()))
        observed, first = [], 0
        for number, layer in enumerate(network.stack):
            count = len(layer.weights)
            seen = torch.from_numpy(self.grid.times(spikes[:, :, first : first + count], number)).to(times.dtype)
            if layer.delays.kind is DelayKind.DENDRITIC:  # the core has them before the neuron
                seen = seen - layer.delays.effective().detach()
            observed.append(seen)
            first += count
        return observed


def tune(network: DelGradNetwork, config: DelGradConfig, forward: CoreForward, *, epochs: int = EPOCHS,
         rate: float = RATE) -> DelGradNetwork:  # fmt: skip
    """Train on with a core in the loop, from the network of a complete run; the last epoch's network is returned.

    Deterministic: the same golden model or RTL gives the same network.
    """
    options = config.training
    training = options.model_copy(
        update={
            "epochs": epochs, "learning_rate": rate, "delay_rate": rate * options.delay_rate / options.learning_rate,
            "schedule": "cosine", "keep": "last", "average": 0.0, "device": "cpu",
        }
    )  # fmt: skip
    # The core is what it is: nothing is drawn on top of it.
    noise = DelGradNoise(weight_clip=config.noise.weight_clip, weight_step=config.noise.weight_step)
    fit = Fit(config.model_copy(update={"training": training, "noise": noise}), forward=forward)
    for each in (fit.network, fit.average):
        each.load_state_dict(network.state_dict())
    return fit.run()


def core_accuracy(network: Network, samples: Samples, grid: Grid, core: Core = golden) -> tuple[float, Raster]:
    """Share of the samples whose class a core gets right, by first spike, the lowest on a tie; and all spikes."""
    spikes = core(network, grid.raster(samples.times.double().numpy()))
    out = spikes[:, :, list(network.readout.neurons)]
    first = np.where(out.any(1), out.argmax(1), out.shape[1])
    right = first.argmin(1) == samples.labels.numpy()
    return float(right.mean()), spikes
