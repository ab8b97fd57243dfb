# SPDX-License-Identifier: Apache-2.0
"""Layers of neurons with weights and delays, from the spikes of a sample to the times at which its classes fire."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn

from train.delgrad.config import DelayKind, DelGradConfig
from train.delgrad.delays import Delays
from train.delgrad.neuron import Neuron
from train.delgrad.noise import Trial, as_on_chip
from train.delgrad.spike_times import spike_times, way_of

LOWEST = 0.01
"""Least threshold that a disturbance leaves, as a share of the nominal one."""


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
        """Spikes (batch, targets) for spikes (batch, sources); infinity: none. For autograd.

        ``observed``: what a chip did instead; gradients are then those at its spikes. They are spikes as they leave the
        neuron: dendritic delays come after.
        """
        weights = self.effective_weights()
        arrivals, level = self._arrivals(times, trial), self._level(weights, trial)
        return self._sent(spike_times(arrivals, weights, self.neuron, level=level, observed=observed), trial)

    @torch.no_grad()
    def record(self, times: Tensor, trial: Trial | None = None, observed: Tensor | None = None) -> "LayerRecord":
        """As ``forward``, keeping what ``gradients`` needs: on small layers autograd takes longer than the spikes."""
        weights = self.effective_weights()
        arrivals, level = self._arrivals(times, trial), self._level(weights, trial)
        fired = way_of(arrivals).spike_times(arrivals, weights, level, self.neuron) if observed is None else observed
        return LayerRecord(arrivals, weights, level, fired, self._sent(fired, trial))

    @torch.no_grad()
    def gradients(self, record: "LayerRecord", grad: Tensor) -> Tensor:
        """Set the gradients of weights and delays, given that of the spikes (batch, targets) of a record; returns that
        of the spikes (batch, sources) that came in."""
        of_arrivals, of_weights = way_of(grad).gradients(
            grad, record.fired, record.arrivals, record.weights, record.level, self.neuron
        )
        self.weights.grad = of_weights
        self.delays.parameter.grad = self.delays.gradient(of_arrivals, torch.where(record.fired.isfinite(), grad, 0))
        into: Tensor = of_arrivals.sum(1)
        return into

    def _arrivals(self, times: Tensor, trial: Trial | None) -> Tensor:
        arrivals = self.delays.before(times)
        return trial.jitter(arrivals) if trial is not None and self.delays.ahead else arrivals

    def _level(self, weights: Tensor, trial: Trial | None) -> Tensor:
        level = weights.new_full((len(weights),), self.neuron.level)
        if trial is not None:
            # A neuron whose threshold is below rest would fire all the time; a chip has none.
            level = (level + self.neuron.leak * trial.threshold(self.place, weights)).clamp(min=LOWEST * level)
        return level

    def _sent(self, fired: Tensor, trial: Trial | None) -> Tensor:
        spikes = self.delays.after(fired)
        return trial.jitter(spikes) if trial is not None and self.delays.kind is DelayKind.DENDRITIC else spikes


class LayerRecord(NamedTuple):
    """What a layer did with a batch."""

    arrivals: Tensor
    weights: Tensor
    level: Tensor
    fired: Tensor
    """(batch, targets), before dendritic delays."""
    spikes: Tensor
    """(batch, targets), after them."""


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

    @property
    def stack(self) -> list[DelGradLayer]:
        """The layers, from the axons on."""
        return [each for each in self.layers if isinstance(each, DelGradLayer)]

    def forward(
        self, times: Tensor, trial: Trial | None = None, observed: Sequence[Tensor] | None = None
    ) -> list[Tensor]:
        """Spikes of each layer, (batch, neurons), for the spikes of the axons (batch, axons)."""
        spikes = []
        for k, layer in enumerate(self.stack):
            times = layer(times, trial, None if observed is None else observed[k])
            spikes.append(times)
        return spikes

    def record(
        self, times: Tensor, trial: Trial | None = None, observed: Sequence[Tensor] | None = None
    ) -> list[LayerRecord]:
        """As ``forward``, with what ``gradients`` needs."""
        records: list[LayerRecord] = []
        for k, layer in enumerate(self.stack):
            records.append(layer.record(times, trial, None if observed is None else observed[k]))
            times = records[-1].spikes
        return records

    def gradients(self, records: Sequence[LayerRecord], grad: Tensor) -> None:
        """Set the gradients of all parameters, given that of the last layer's spikes, (batch, classes)."""
        for layer, record in zip(reversed(self.stack), reversed(records), strict=True):
            grad = layer.gradients(record, grad)


def decide(times: Tensor) -> Tensor:
    """The class of each sample (batch): whose neuron fires first, the lowest on a tie; -1 where none does."""
    first, which = times.min(1)
    return torch.where(first.isfinite(), which, -1)
