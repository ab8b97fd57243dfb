# SPDX-License-Identifier: Apache-2.0
"""Layers of leaky integrate-and-fire neurons: what they learn, and their normalisation; time is the first axis."""

from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from model.limits import LEAK_ONE
from model.network import Reset
from train.ops.scan import LifScan, Rule

MOMENTUM = 0.05
"""Share of a batch in the running statistics of normalisation."""


class Rounded(torch.autograd.Function):
    """Rounding to the nearest integer whose gradient is that of the identity."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        """``x`` rounded, halves to even."""
        return x.round()

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Tensor:
        """The gradient as it is."""
        return grad


def rounded(x: Tensor) -> Tensor:
    """``x`` rounded to integers; gradients pass unchanged."""
    result: Tensor = Rounded.apply(x)
    return result


class Parameters(NamedTuple):
    """What a scan needs of its neurons, (neurons,) each."""

    alpha: Tensor
    beta: Tensor | None
    bias: Tensor
    threshold: Tensor


class Lif(nn.Module):
    """Neurons with a learned leak. The threshold starts at 1, because weights already set the scale.

    In real numbers at first. ``quantise`` gives every neuron a scale, the integer that 1 stands for: from then on bias,
    threshold and leaks are the contract's integers, and arrivals must be.
    """

    scale: Tensor | None

    def __init__(self, count: int, *, alpha: float | None, beta: float | None, reset: Reset, slope: float,
                 normalise: bool) -> None:  # fmt: skip
        """``alpha`` None: V leaks nothing; ``beta`` None: delta synapses. Both learn otherwise, kept within 0..1.

        ``normalise``: batch normalisation of the arrivals to a standard deviation of 0.5 of the threshold at the start.
        """
        super().__init__()
        self.reset, self.slope = reset, slope
        self.alpha_logit = None if alpha is None else nn.Parameter(torch.logit(torch.full((count,), alpha)))
        self.beta_logit = None if beta is None else nn.Parameter(torch.logit(torch.full((count,), beta)))
        self.bias = nn.Parameter(torch.zeros(count))
        self.threshold = nn.Parameter(torch.ones(count), requires_grad=False)
        self.norm = nn.BatchNorm1d(count, affine=False, momentum=MOMENTUM) if normalise else None
        self.gain = nn.Parameter(torch.full((count,), 0.5)) if normalise else None
        self.register_buffer("scale", None)
        self.vmax = 0
        """Largest potential, in integers."""

    @property
    def rule(self) -> Rule:
        """How the scan of these neurons goes."""
        return Rule(self.reset, self.slope, self.vmax)

    def parameters_now(self) -> Parameters:
        """Leaks, bias and threshold as the scan takes them: rounded to the contract's integers if quantised."""
        alpha = torch.ones_like(self.bias) if self.alpha_logit is None else torch.sigmoid(self.alpha_logit)
        beta = None if self.beta_logit is None else torch.sigmoid(self.beta_logit)
        if self.scale is None:
            return Parameters(alpha, beta, self.bias, self.threshold)
        return Parameters(
            rounded(alpha * LEAK_ONE) / LEAK_ONE,
            None if beta is None else rounded(beta * LEAK_ONE) / LEAK_ONE,
            rounded(self.bias * self.scale),
            rounded((self.threshold * self.scale).clamp(min=1)),
        )

    def normalised(self, arrivals: Tensor) -> Tensor:
        """Arrivals after batch normalisation, if there is any."""
        if self.norm is None or self.gain is None:
            return arrivals
        return self.norm(arrivals.reshape(-1, arrivals.shape[-1])).view_as(arrivals) * self.gain

    def forward(self, arrivals: Tensor, *, threshold_factor: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Spikes and potentials before the reset, (steps, batch, neurons); ``threshold_factor``: a mismatch."""
        now = self.parameters_now()
        threshold = now.threshold if threshold_factor is None else now.threshold * threshold_factor
        result: tuple[Tensor, Tensor] = LifScan.apply(
            self.normalised(arrivals), now.alpha, now.beta, now.bias, threshold, self.rule
        )
        return result

    @torch.no_grad()
    def fold(self) -> Tensor:
        """Put the normalisation in use into the bias, drop it, and return the factor for the weights, (neurons,).

        With a leaking I the mean that is taken off would pass through I's filter: only exact with delta synapses, which
        is why the configuration refuses normalisation with beta.
        """
        if self.norm is None or self.gain is None or self.norm.running_var is None or self.norm.running_mean is None:
            return torch.ones_like(self.bias)
        factor = self.gain / (self.norm.running_var + self.norm.eps).sqrt()
        self.bias.sub_(self.norm.running_mean * factor)
        self.norm = self.gain = None
        return factor

    @torch.no_grad()
    def quantise(self, scale: Tensor, vmax: int) -> None:
        """From now on in integers: 1 is the integer ``scale``, (neurons,); potentials are at most ``vmax``."""
        self.scale, self.vmax = scale, vmax
        self.threshold.requires_grad_(self.reset is not Reset.NONE)
