"""Leaky integrate-and-fire neurons, in the update order of the hardware contract; time is the first axis.

I[t] = beta I[t-1] + arrivals[t];  V[t] = alpha V[t-1] + I[t] + bias;  spike if V[t] >= threshold; then reset.
"""

from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from model.config import LEAK_ONE
from model.network import Reset


MOMENTUM = 0.05
"""Share of a batch in the running statistics of normalisation."""


class Rule(NamedTuple):
    """What a scan does besides its tensors."""

    reset: Reset
    slope: float
    """k of the surrogate gradient 1 / (1 + k |V - threshold| / threshold)^2 (fast sigmoid, Zenke & Ganguli 2018)."""
    integer: bool = False
    """Leaks round toward zero, as the contract's integers do; the gradient takes them as exact."""


class LifScan(torch.autograd.Function):
    """The whole time loop of a layer as one function with its own backward pass.

    The reset is taken as given: no gradient through the spike that caused it.
    """

    @staticmethod
    def forward(ctx: Any, arrivals: Tensor, alpha: Tensor, beta: Tensor | None, bias: Tensor,  # noqa: PLR0917
                threshold: Tensor, rule: Rule) -> tuple[Tensor, Tensor]:  # fmt: skip
        """Spikes (0 or 1) and potentials before the reset, both (steps, batch, neurons), for arrivals of that shape.

        ``alpha``, ``beta``, ``bias`` and ``threshold`` have shape (neurons,); without ``beta`` I holds this step's
        arrivals only.
        """
        current = arrivals if beta is None else torch.empty_like(arrivals)
        potential, spikes = torch.empty_like(arrivals), torch.zeros_like(arrivals)
        i = v = torch.zeros_like(arrivals[0])
        for t in range(len(arrivals)):
            if beta is not None:
                i = torch.add(arrivals[t], _leak(i, beta, rule), out=current[t])
            if rule.integer:
                v = torch.add(current[t], (v * alpha).trunc_(), out=potential[t]).add_(bias)
            else:
                v = torch.addcmul(current[t], v, alpha, out=potential[t]).add_(bias)
            if rule.reset is Reset.NONE:
                continue
            fired = torch.ge(v, threshold, out=spikes[t])
            v = v.addcmul(fired, v, value=-1) if rule.reset is Reset.ZERO else v.addcmul(fired, threshold, value=-1)
        ctx.save_for_backward(alpha, beta, threshold, current if beta is not None else None, potential, spikes)
        ctx.rule = rule
        return spikes, potential

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad_spikes: Tensor, grad_potential: Tensor) -> tuple[Any, ...]:
        """Gradients of arrivals, alpha, beta, bias and threshold."""
        alpha, beta, threshold, current, potential, spikes = ctx.saved_tensors
        rule: Rule = ctx.rule
        after = potential
        grad = grad_potential.clone()
        keep = alpha.expand_as(potential)
        grad_threshold = None
        if rule.reset is not Reset.NONE:
            through = grad_spikes * surrogate(potential, threshold, rule.slope)
            grad_threshold = -through.sum((0, 1))
            grad += through
            after = potential * (1 - spikes) if rule.reset is Reset.ZERO else potential - threshold * spikes
            keep = alpha * (1 - spikes) if rule.reset is Reset.ZERO else keep
        # dL/dV[t] takes in what V[t] does to V[t+1], latest step first.
        for t in range(len(grad) - 2, -1, -1):
            grad[t].addcmul_(grad[t + 1], keep[t])
        grad_alpha = (grad[1:] * after[:-1]).sum((0, 1))
        grad_bias = grad.sum((0, 1))
        if rule.reset is Reset.SUBTRACT and grad_threshold is not None:
            # A spike takes the threshold off what the next step starts from.
            grad_threshold -= (grad[1:] * spikes[:-1] * alpha).sum((0, 1))
        grad_beta = None
        if beta is not None:
            grad = grad.clone()
            for t in range(len(grad) - 2, -1, -1):
                grad[t].addcmul_(grad[t + 1], beta)
            grad_beta = (grad[1:] * current[:-1]).sum((0, 1))
        return grad, grad_alpha, grad_beta, grad_bias, grad_threshold, None


def surrogate(potential: Tensor, threshold: Tensor, slope: float) -> Tensor:
    """The gradient of a spike by the potential."""
    return (1 + slope * (potential / threshold - 1).abs()).square().mul(threshold).reciprocal()


def _leak(x: Tensor, factor: Tensor, rule: Rule) -> Tensor:
    return (x * factor).trunc_() if rule.integer else x * factor


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

    @property
    def rule(self) -> Rule:
        """How the scan of these neurons goes."""
        return Rule(self.reset, self.slope, self.scale is not None)

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
    def quantise(self, scale: Tensor) -> None:
        """From now on in integers: 1 is the integer ``scale``, (neurons,)."""
        self.scale = scale
        self.threshold.requires_grad_(self.reset is not Reset.NONE)
