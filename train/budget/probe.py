# SPDX-License-Identifier: Apache-2.0
"""What a network loses when one group of its synapses is changed alone: pruned, rounded, held to fewer delays."""

import copy
from typing import NamedTuple

import torch
from torch import Tensor

from train.layers.network import DelayNetwork
from train.layers.quantise import best_scale
from train.layers.synapses import ParallelSynapses
from train.loop.evaluate import Labelled, time_first

BATCH = 256


class Quality(NamedTuple):
    """How well a network does on some samples."""

    accuracy: float
    loss: float
    """Mean cross entropy of its classes; tells networks apart that get equally many samples right."""


class Probe:
    """Measures changes of a settled network in real numbers, on a copy of its own; nothing is trained on."""

    def __init__(self, network: DelayNetwork, samples: Labelled, calibration: Tensor | None) -> None:
        """``calibration``: events (steps, batch, axons) that statistics of normalisation are taken anew from."""
        self.network, self.calibration = copy.deepcopy(network), calibration
        self.network.eval()
        device = next(network.parameters()).device
        self.events = time_first(samples.events.transpose(1, 0, 2)).to(device)
        self.labels = torch.from_numpy(samples.labels).to(device)

    @property
    def groups(self) -> list[ParallelSynapses]:
        """All synapses, layer by layer."""
        return self.network.parallel()

    @torch.no_grad()
    def measure(self) -> Quality:
        """As the network is."""
        if self.calibration is not None:
            self.network.recalibrate(self.calibration)
        right, loss = 0, 0.0
        for events, labels in zip(self.events.split(BATCH, 1), self.labels.split(BATCH), strict=True):
            score = self.network(events).score
            right += int((score.argmax(1) == labels).sum())
            loss += torch.nn.functional.cross_entropy(score, labels, reduction="sum").item()
        return Quality(right / len(self.labels), loss / len(self.labels))

    @torch.no_grad()
    def measure_with(self, number: int, kernel: Tensor) -> Quality:
        """With another kernel (levels, sources / share, targets) for group ``number``."""
        group = self.groups[number]
        weight, mask = group.weight.clone(), group.mask.clone()
        group.replace(kernel)
        try:
            return self.measure()
        finally:
            group.weight.copy_(weight)
            group.mask.copy_(mask)


def group_names(network: DelayNetwork) -> list[str]:
    """A name for each group of synapses, in the order of ``network.groups``."""
    names = []
    for k, layer in enumerate(network.layers, 1):
        names += [f"into layer {k}", f"layer {k} onto itself"][: len(layer.groups)]
    return names


@torch.no_grad()
def rounded_to(kernel: Tensor, bottom: int, top: int) -> Tensor:
    """A kernel with each target's weights rounded to the integers ``bottom`` to ``top`` of a scale of its own."""
    flat = kernel.double().flatten(0, 1)
    scale = best_scale(flat, bottom, top, torch.full_like(flat[0], torch.inf), common=False)
    return ((kernel * scale).round().clamp(bottom, top) / scale).to(kernel.dtype)


def left_out(kernel: Tensor, levels: tuple[int, ...], longest: int) -> Tensor:
    """A kernel without the synapses of delays beyond ``longest``; the first level always stays."""
    short = kernel.clone()
    short[_within(levels, longest) :] = 0
    return short


def moved(kernel: Tensor, levels: tuple[int, ...], longest: int) -> Tensor:
    """A kernel whose synapses of delays beyond ``longest`` have the longest level of those within instead."""
    within = _within(levels, longest)
    short = left_out(kernel, levels, longest)
    short[within - 1] += kernel[within:].sum(0)
    return short


def _within(levels: tuple[int, ...], longest: int) -> int:
    return max(1, sum(level <= longest for level in levels))
