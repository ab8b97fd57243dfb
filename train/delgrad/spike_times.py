# SPDX-License-Identifier: Apache-2.0
"""Spike times as a function that torch can differentiate: exact forward and backward, no grid and no loop over time."""

from types import ModuleType
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from train.delgrad import closed, compiled
from train.delgrad.neuron import Neuron


def way_of(x: Tensor) -> ModuleType:
    """What computes the layers of a tensor: ``train.delgrad.compiled`` on a CPU, else ``train.delgrad.closed``."""
    return compiled if compiled.fits(x) else closed


class SpikeTimes(torch.autograd.Function):
    """When neurons fire first, and how that moves with weights and arrivals while the causal set stays.

    Shapes as in ``train.delgrad.closed``. Silent neurons are at infinity and pass no gradient back.
    """

    @staticmethod
    def forward(ctx: Any, arrivals: Tensor, weights: Tensor, level: Tensor, neuron: Neuron,  # noqa: PLR0917
                observed: Tensor | None) -> Tensor:  # fmt: skip
        """``observed``: times that were measured, which are taken instead of those of the closed form."""
        way = way_of(arrivals)
        times = way.spike_times(arrivals, weights, level, neuron) if observed is None else observed.clone()
        ctx.neuron, ctx.way = neuron, way
        ctx.save_for_backward(times, arrivals, weights, level)
        return times

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        """Gradients of arrivals and weights."""
        times, arrivals, weights, level = ctx.saved_tensors
        return *ctx.way.gradients(grad, times, arrivals, weights, level, ctx.neuron), None, None, None


def spike_times(
    arrivals: Tensor, weights: Tensor, neuron: Neuron, *, level: Tensor | None = None, observed: Tensor | None = None
) -> Tensor:
    """First spikes (batch, targets), of one dtype and device with the arguments.

    ``arrivals``: (batch, 1 or targets, sources), infinity where there is none. ``weights``: (targets, sources).
    ``level``: (targets), instead of the neuron's, where thresholds differ. ``observed``: measured times (batch,
    targets), for training with hardware in the loop: they are returned, and gradients are those at these times.
    """
    if arrivals.dim() != 3 or arrivals.shape[1] not in (1, len(weights)) or arrivals.shape[2] != weights.shape[1]:
        raise ValueError(
            f"arrivals must have the shape (batch, 1 or {len(weights)}, {weights.shape[1]}), "
            f"not {tuple(arrivals.shape)}"
        )
    if level is None:
        level = weights.new_full((len(weights),), neuron.level)
    times: Tensor = SpikeTimes.apply(arrivals, weights, level, neuron, observed)
    return times
