# SPDX-License-Identifier: Apache-2.0
"""A step of the optimiser: rates, bounded changes, and a push for neurons that are silent too often."""

import math

import torch
from torch import Tensor

from train.delgrad.config import DelGradConfig
from train.delgrad.network import DelGradNetwork


def make_optimizer(network: DelGradNetwork, config: DelGradConfig) -> torch.optim.Adam:
    """Adam with a group for the weights and one for the parameters of the delays."""
    options = config.training
    weights = [layer.weights for layer in network.layers]
    delays = [layer.delays.parameter for layer in network.layers if layer.delays.parameter.numel()]
    groups = [{"params": weights, "lr": options.learning_rate, "peak": options.learning_rate}]
    if delays:
        groups.append({"params": delays, "lr": options.delay_rate, "peak": options.delay_rate})
    return torch.optim.Adam(groups, foreach=True)


def set_rates(optimizer: torch.optim.Optimizer, config: DelGradConfig, epoch: int) -> None:
    """Learning rates of an epoch, counted from 0."""
    options = config.training
    if options.schedule == "cosine":
        factor = (1 + math.cos(math.pi * epoch / options.epochs)) / 2
    else:
        factor = options.decay ** (epoch // options.decay_every)
    for group in optimizer.param_groups:
        group["lr"] = group["peak"] * factor


class Raise:
    """Raises the input weights of neurons that are silent too often, more and more while that does not help."""

    def __init__(self, config: DelGradConfig) -> None:
        self.options = config.training
        self.now = [self.options.silent_raise] * len(self.options.silent_limits)
        """What the next raise of each layer is."""

    @torch.no_grad()
    def __call__(self, network: DelGradNetwork, spikes: list[Tensor]) -> None:
        """Raise where the spikes (batch, neurons) of a layer lack more than its limit allows.

        Only the first such layer: those behind it may be silent for want of its spikes.
        """
        raised = False
        for k, (layer, times) in enumerate(zip(network.layers, spikes, strict=True)):
            missing = times.isinf().to(times.dtype).mean(0)
            limit = self.options.silent_limits[k]
            if raised or float(missing.mean()) <= limit:
                self.now[k] = self.options.silent_raise
                continue
            layer.weights += self.now[k] * (missing > limit).to(times.dtype)[:, None]
            self.now[k] *= 2
            raised = True


@torch.no_grad()
def bounded_step(optimizer: torch.optim.Optimizer, network: DelGradNetwork, config: DelGradConfig) -> None:
    """A step in which no weight changes by more than ``step_bound``; weights stay inside the clip."""
    clip = config.noise.weight_clip
    weights = [layer.weights for layer in network.layers]
    before = [each.clone() for each in weights]
    optimizer.step()
    bound = config.training.step_bound
    for weight, old in zip(weights, before, strict=True):
        weight.copy_(torch.maximum(torch.minimum(weight, old + bound), old - bound))
        if clip is not None:
            weight.clamp_(-clip, clip)
