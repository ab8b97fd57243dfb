# SPDX-License-Identifier: Apache-2.0
"""Layers of neurons with weights and delays, from the spikes of a sample to the times at which its classes fire."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from train.delgrad.config import DelayKind, DelGradConfig
from train.delgrad.delays import Delays
from train.delgrad.neuron import Neuron
from train.delgrad.noise import Trial, as_on_chip
from train.delgrad.spike_times import spike_times


class DelGradLayer(nn.Module):
    """Neurons, and the synapses that lead to them."""

    def __init__(self, sources: int, targets: int, config: DelGradConfig, place: int, random: torch.Generator) -> None:
        """``place``: of the layer, from 0 on; ``random``: draws weights, then delays."""
        super().__init__()
        network, options = config.network, config.training
        self.place, self.noise = place, config.noise
        self.neuron = Neuron(
            ratio=network.ratio, leak=network.leak, threshold=network.threshold, slope_floor=options.slope_floor
        )
        drawn = torch.randn(targets, sources, generator=random)
        self.weights = nn.Parameter(network.weight_mean[place] + network.weight_spread[place] * drawn)
        self.delays = Delays(
            network.delays, sources, targets, shift=network.delay_shift, scale=network.delay_scale,
            spread=network.delay_spread, step=network.delay_step, random=random,
        )  # fmt: skip

    def effective_weights(self) -> Tensor:
        """(targets, sources), as the forward pass has them."""
        return as_on_chip(self.weights, self.noise)

    def forward(self, times: Tensor, trial: Trial | None = None, observed: Tensor | None = None) -> Tensor:
        """Spikes (batch, targets) for spikes (batch, sources); infinity: none.

        ``observed``: what a chip did instead, gradients are then those at its spikes. They are spikes as they leave the
        neuron: dendritic delays come after.
        """
        weights = self.effective_weights()
        arrivals = self.delays.before(times)
        level = None
        if trial is not None:
            if self.delays.kind in (DelayKind.AXONAL, DelayKind.SYNAPTIC):
                arrivals = trial.jitter(arrivals)
            threshold = self.neuron.threshold + trial.threshold(self.place, weights)
            level = (self.neuron.leak * threshold).clamp(min=self.neuron.level / 100)
        spikes = self.delays.after(spike_times(arrivals, weights, self.neuron, level=level, observed=observed))
        if trial is not None and self.delays.kind is DelayKind.DENDRITIC:
            spikes = trial.jitter(spikes)
        return spikes


class DelGradNetwork(nn.Module):
    """Layers one after another; the first output neuron to fire is the class."""

    def __init__(self, axons: int, classes: int, config: DelGradConfig) -> None:
        """The network of a run at its start, drawn from the seed of ``config``."""
        super().__init__()
        random = torch.Generator().manual_seed(config.training.seed)
        sizes = (axons, *config.network.hidden, classes)
        self.layers = nn.ModuleList(
            DelGradLayer(sizes[k], sizes[k + 1], config, k, random) for k in range(len(sizes) - 1)
        )
        self.sizes = sizes[1:]
        self.to(getattr(torch, config.training.precision))

    def forward(
        self, times: Tensor, trial: Trial | None = None, observed: Sequence[Tensor] | None = None
    ) -> list[Tensor]:
        """Spikes of each layer, (batch, neurons), for the spikes of the axons (batch, axons)."""
        spikes = []
        for k, layer in enumerate(self.layers):
            times = layer(times, trial, None if observed is None else observed[k])
            spikes.append(times)
        return spikes


def decide(times: Tensor) -> Tensor:
    """The class of each sample (batch): whose neuron fires first, the lowest on a tie; -1 where none does."""
    first, which = times.min(1)
    return torch.where(first.isfinite(), which, -1)
