# SPDX-License-Identifier: Apache-2.0
"""A step of the optimiser: rates, bounded changes, and a push for neurons that are silent too often."""

import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from train.delgrad.config import DelGradConfig, DelGradTraining
from train.delgrad.network import DelGradNetwork

BETAS, EPSILON = (0.9, 0.999), 1e-8
"""Of Adam (arXiv 1412.6980)."""


def rate_factor(options: DelGradTraining, epoch: int) -> float:
    """Learning rates of an epoch, counted from 0, as a share of the first."""
    if options.schedule == "cosine":
        return (1 + math.cos(math.pi * epoch / options.epochs)) / 2
    return options.decay ** (epoch // options.decay_every)


class Steps:
    """Adam on all parameters of a network laid out in one row, which is one operation for all layers."""

    def __init__(self, network: DelGradNetwork, average: DelGradNetwork, config: DelGradConfig) -> None:
        """``average``: the running average of ``network``. The parameters of both become views of one row each."""
        options = config.training
        self.decay = options.average
        named = [(name, each) for name, each in network.named_parameters() if each.numel()]
        self._parameters = [each for _, each in named]
        self._row, self._average = (
            _joined(self._parameters),
            _joined([each for each in average.parameters() if each.numel()]),
        )
        is_weight = [name.endswith("weights") for name, _ in named]
        self._rates = self._spread([options.learning_rate if w else options.delay_rate for w in is_weight])
        self._bound = self._spread([options.step_bound if w else math.inf for w in is_weight])
        self._clip = self._spread([(config.noise.weight_clip or math.inf) if w else math.inf for w in is_weight])
        self._first, self._second = torch.zeros_like(self._row), torch.zeros_like(self._row)
        self.count = 0
        """Steps that were taken."""

    @torch.no_grad()
    def __call__(self, factor: float) -> None:
        """One step along the gradients, with ``factor`` of the learning rates.

        No weight changes by more than the bound, and all stay inside the clip.
        """
        self.count += 1
        grad = torch.cat([each.grad.reshape(-1) for each in self._parameters if each.grad is not None])
        self._first.lerp_(grad, 1 - BETAS[0])
        self._second.mul_(BETAS[1]).addcmul_(grad, grad, value=1 - BETAS[1])
        scale = math.sqrt(1 - BETAS[1] ** self.count)
        step = self._first / (self._second.sqrt() / scale + EPSILON)
        step *= self._rates * (factor / (1 - BETAS[0] ** self.count))
        self._row -= step.clamp_(-self._bound, self._bound)
        self._row.clamp_(-self._clip, self._clip)

    def update_average(self) -> None:
        """Let the average follow."""
        self._average.lerp_(self._row, 1 - self.decay)

    def state(self) -> dict[str, Any]:
        """For a checkpoint."""
        return {"first": self._first, "second": self._second, "count": self.count}

    def load(self, state: dict[str, Any]) -> None:
        """Go on from a state. Raises KeyError or RuntimeError if it is another's."""
        self._first.copy_(state["first"])
        self._second.copy_(state["second"])
        self.count = state["count"]

    def _spread(self, values: Sequence[float]) -> Tensor:
        return torch.cat([
            self._row.new_full((each.numel(),), value) for each, value in zip(self._parameters, values, strict=True)
        ])  # fmt: skip


def _joined(parameters: Sequence[torch.nn.Parameter]) -> Tensor:
    """The numbers of parameters in one row, of which they become parts."""
    row = torch.cat([each.detach().reshape(-1) for each in parameters])
    place = 0
    for each in parameters:
        each.data = row[place : place + each.numel()].view_as(each)
        place += each.numel()
    return row


class Raise:
    """Raises the input weights of neurons that are silent too often, more and more while that does not help."""

    def __init__(self, options: DelGradTraining) -> None:
        self.options = options
        self.now = [options.silent_raise] * len(options.silent_limits)
        """What the next raise of each layer is."""

    @torch.no_grad()
    def __call__(self, network: DelGradNetwork, spikes: Sequence[Tensor]) -> None:
        """Raise where the spikes (batch, neurons) of a layer lack more than its limit allows.

        Only in the first such layer: those behind it may be silent for want of its spikes.
        """
        raised = False
        for k, (layer, times) in enumerate(zip(network.stack, spikes, strict=True)):
            missing = (times == torch.inf).to(times.dtype).mean(0)
            limit = self.options.silent_limits[k]
            if raised or float(missing.mean()) <= limit:
                self.now[k] = self.options.silent_raise
                continue
            layer.weights.add_(self.now[k] * (missing > limit).to(times.dtype)[:, None])
            self.now[k] *= 2
            raised = True
