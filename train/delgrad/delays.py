# SPDX-License-Identifier: Apache-2.0
"""Delays that are learned: bounded, and by kind one for each source, target or synapse.

A delay adds to the time of a spike, so its gradient is that of the arrival: dT/dd = dT/dt.
"""

import torch
from torch import Tensor, nn

from train.delgrad.config import DelayKind


class Delays(nn.Module):
    """Delays shift + scale * sigmoid(parameter) between ``sources`` and ``targets``, in synaptic time constants."""

    def __init__(self, kind: DelayKind, sources: int, targets: int, *, shift: float = 0.0, scale: float = 1.0,
                 spread: float = 0.25, step: float = 0.0, random: torch.Generator | None = None) -> None:  # fmt: skip
        """``spread``: standard deviation of the parameters at the start. ``step``: delays are multiples of it, if it is
        not 0; gradients pass through the rounding."""
        super().__init__()
        self.kind, self.shift, self.scale, self.step = kind, shift, scale, step
        shapes = {DelayKind.AXONAL: (sources,), DelayKind.DENDRITIC: (targets,), DelayKind.SYNAPTIC: (targets, sources)}
        shape = shapes.get(kind, (0,))
        self.parameter = nn.Parameter(spread * torch.randn(shape, generator=random))

    def effective(self) -> Tensor:
        """The delays: (sources), (targets) or (targets, sources) by kind; none, of shape (0)."""
        delay = self.shift + self.scale * self.parameter.sigmoid()
        if self.step:
            rounded = (delay / self.step).round() * self.step
            delay = delay + (rounded - delay).detach()
        return delay

    @property
    def ahead(self) -> bool:
        """Whether they come before a neuron, and not after it."""
        return self.kind in (DelayKind.AXONAL, DelayKind.SYNAPTIC)

    def before(self, times: Tensor) -> Tensor:
        """Arrivals (batch, 1 or targets, sources) of spikes (batch, sources)."""
        arrivals = times[:, None, :]
        return arrivals + self.effective() if self.ahead else arrivals

    def after(self, times: Tensor) -> Tensor:
        """Spikes (batch, targets) as they are with dendritic delays: a neuron whose inputs all come d later fires d
        later."""
        return times + self.effective() if self.kind is DelayKind.DENDRITIC else times

    def gradient(self, of_arrivals: Tensor, of_spikes: Tensor) -> Tensor:
        """Gradient of the parameter, given those of arrivals (batch, 1 or targets, sources) and of spikes (batch,
        targets) after the delays."""
        match self.kind:
            case DelayKind.NONE:
                return torch.zeros_like(self.parameter)
            case DelayKind.AXONAL:
                total = of_arrivals.sum((0, 1))
            case DelayKind.DENDRITIC:
                total = of_spikes.sum(0)
            case DelayKind.SYNAPTIC:
                total = of_arrivals.sum(0)
        share = self.parameter.sigmoid()
        return total * self.scale * share * (1 - share)
