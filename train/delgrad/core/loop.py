# SPDX-License-Identifier: Apache-2.0
"""The core in the loop: it runs the network in integers, DelGrad learns from the spikes that it reports.

Whatever the integers do, rounding of leaks and mismatch of the device included, is in the spikes, so training learns
around it; nothing but spike times is read out (arXiv 2404.19165). Weights and delays of the core are quantised copies
of the real ones.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from model.batch import GoldenBatch
from model.network import Network
from train.delgrad.config import DelayKind, DelGradConfig, DelGradNoise
from train.delgrad.core.first_spikes import first_spikes
from train.delgrad.core.grid import Grid, to_core
from train.delgrad.evaluate import Samples
from train.delgrad.fit import Fit
from train.delgrad.network import DelGradNetwork

Raster = NDArray[np.bool_]
Core = Callable[[Network, Raster], Raster]
"""Runs a network on events (samples, steps, axons), and returns its spikes (samples, steps, neurons)."""
Device = Callable[[Network], Network]
"""What becomes of a network on one device, whose parameters are off; the same every time."""


@dataclass(frozen=True, kw_only=True)
class Tuning:
    """How training goes on with a core in the loop. Rates fall along a cosine."""

    epochs: int = 16
    rate: float = 3e-3
    """Of the weights at the start; of delays, in the proportion of the run before."""
    average: float = 0.98
    """Decay a step of the running average that is evaluated and kept: what is rounded jumps from step to step."""
    slope_floor: float = 0.1
    """As in training. The slope is that of the real network at the spike of the core, where it may be anything: one
    gradient without bound would spoil the averages of Adam for hundreds of steps."""


def golden(network: Network, events: Raster) -> Raster:
    """The golden model."""
    spikes: Raster = GoldenBatch(network).run(events).spikes
    return spikes


class CoreForward:
    """A forward pass for ``train.delgrad.fit.Fit``: on a core, with the network as it is now."""

    def __init__(self, grid: Grid, core: Core = first_spikes, device: Device | None = None) -> None:
        """``core``: golden model or RTL, which give the same spikes. ``device``: what is off in it; None: nothing."""
        self.grid, self.core, self.device = grid, core, device

    def network(self, network: DelGradNetwork) -> Network:
        """What the core runs."""
        core = to_core(network, self.grid)
        return self.device(core) if self.device else core

    def __call__(self, network: DelGradNetwork, times: Tensor) -> Sequence[Tensor]:
        """Spikes of each layer (batch, neurons), before dendritic delays, for those of the axons (batch, axons)."""
        spikes = self.core(self.network(network), self.grid.raster(times.double().numpy()))
        observed, first = [], 0
        for number, layer in enumerate(network.stack):
            count = len(layer.weights)
            seen = torch.from_numpy(self.grid.times(spikes[:, :, first : first + count], number)).to(times.dtype)
            if layer.delays.kind is DelayKind.DENDRITIC:  # the core has them before the neuron
                seen = seen - layer.delays.effective().detach()
            observed.append(seen)
            first += count
        return observed


def tune(network: DelGradNetwork, config: DelGradConfig, forward: CoreForward,
         tuning: Tuning | None = None) -> DelGradNetwork:  # fmt: skip
    """Train on with a core in the loop, from the network of a complete run.

    Returned is the epoch that is best on the validation set, on the core. Deterministic: the same golden model or RTL
    gives the same network.
    """
    tuning, options = tuning or Tuning(), config.training
    training = options.model_copy(
        update={
            "epochs": tuning.epochs, "learning_rate": tuning.rate,
            "delay_rate": tuning.rate * options.delay_rate / options.learning_rate,
            "schedule": "cosine", "keep": "best", "average": tuning.average, "slope_floor": tuning.slope_floor,
            "device": "cpu",
        }
    )  # fmt: skip
    # The core is what it is: nothing is drawn on top of it.
    noise = DelGradNoise(weight_clip=config.noise.weight_clip, weight_step=config.noise.weight_step)
    fit = Fit(config.model_copy(update={"training": training, "noise": noise}), forward=forward)
    for each in (fit.network, fit.average):
        each.load_state_dict(network.state_dict())
    return fit.run()


def core_accuracy(network: Network, samples: Samples, grid: Grid, core: Core = first_spikes) -> tuple[float, Raster]:
    """Share of the samples whose class a core gets right, by first spike, the lowest on a tie; and all spikes."""
    spikes = core(network, grid.raster(samples.times.double().numpy()))
    out = spikes[:, :, list(network.readout.neurons)]
    first = np.where(out.any(1), out.argmax(1), out.shape[1])
    right = first.argmin(1) == samples.labels.numpy()
    return float(right.mean()), spikes
