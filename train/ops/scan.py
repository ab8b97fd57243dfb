# SPDX-License-Identifier: Apache-2.0
"""The time loop of leaky integrate-and-fire neurons, in the update order of the hardware contract; time comes first.

I[t] = beta I[t-1] + arrivals[t];  V[t] = alpha V[t-1] + I[t] + bias;  spike if V[t] >= threshold; then reset.
"""

from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from model.network import Reset
from train.ops import compiled


class Rule(NamedTuple):
    """What a scan does besides its tensors."""

    reset: Reset
    slope: float
    """k of the surrogate gradient 1 / (1 + k |V - threshold| / threshold)^2 (fast sigmoid, Zenke & Ganguli 2018)."""
    vmax: int = 0
    """In integers: the largest potential, where V saturates (at -vmax - 1 below), and leaks round toward zero; the
    gradient takes leaks as exact. 0: real numbers."""


class LifScan(torch.autograd.Function):
    """The whole time loop of a layer as one function with its own backward pass.

    The reset is taken as given: no gradient through the spike that caused it. On a CPU, float32 goes through
    ``train.ops.compiled``.
    """

    @staticmethod
    def forward(ctx: Any, arrivals: Tensor, alpha: Tensor, beta: Tensor | None, bias: Tensor,  # noqa: PLR0917
                threshold: Tensor, rule: Rule) -> tuple[Tensor, Tensor]:  # fmt: skip
        """Spikes (0 or 1) and potentials before the reset, both (steps, batch, neurons), for arrivals of that shape.

        ``alpha``, ``beta``, ``bias`` and ``threshold`` have shape (neurons,); without ``beta`` I holds this step's
        arrivals only.
        """
        scan = compiled.forward if compiled.fits(arrivals) else _forward
        spikes, potential, current = scan(arrivals, alpha, beta, bias, threshold, rule)
        ctx.save_for_backward(alpha, beta, threshold, current, potential)
        ctx.rule = rule
        ctx.set_materialize_grads(False)
        return spikes, potential

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad_spikes: Tensor | None, grad_potential: Tensor | None) -> tuple[Any, ...]:
        """Gradients of arrivals, alpha, beta, bias and threshold."""
        if grad_spikes is None and grad_potential is None:
            return (None,) * 6
        alpha, beta, threshold, current, potential = ctx.saved_tensors
        scan = compiled.backward if compiled.fits(potential) else _backward
        of_threshold = ctx.needs_input_grad[4]
        grads = scan(grad_spikes, grad_potential, alpha, beta, threshold, current, potential, ctx.rule, of_threshold)
        return *grads, None


def surrogate(potential: Tensor, threshold: Tensor, slope: float) -> Tensor:
    """The gradient of a spike by the potential."""
    return (1 + slope * (potential / threshold - 1).abs()).square().mul(threshold).reciprocal()


def leak(x: Tensor, factor: Tensor, rule: Rule) -> Tensor:
    """x times factor, in integers rounded toward zero: their product may need more bits than float32 has."""
    return (x.double() * factor).trunc_().to(x.dtype) if rule.vmax else x * factor


def saturate(v: Tensor, rule: Rule) -> Tensor:
    """V within the range of its integers, in place."""
    return v.clamp_(-rule.vmax - 1, rule.vmax) if rule.vmax else v


def _forward(arrivals: Tensor, alpha: Tensor, beta: Tensor | None, bias: Tensor, threshold: Tensor,  # noqa: PLR0917
             rule: Rule) -> tuple[Tensor, Tensor, Tensor | None]:  # fmt: skip
    """Spikes, potentials and, with ``beta``, currents."""
    current = None if beta is None else torch.empty_like(arrivals)
    potential, spikes = torch.empty_like(arrivals), torch.zeros_like(arrivals)
    i = v = torch.zeros_like(arrivals[0])
    for t in range(len(arrivals)):
        i = arrivals[t]
        if beta is not None and current is not None:
            i = torch.add(i, leak(current[t - 1], beta, rule) if t else 0, out=current[t])
        v = saturate(torch.add(leak(v, alpha, rule), i, out=potential[t]).add_(bias), rule)
        if rule.reset is Reset.NONE:
            continue
        fired = torch.ge(v, threshold, out=spikes[t])
        v = v.addcmul(fired, v if rule.reset is Reset.ZERO else threshold, value=-1)
    return spikes, potential, current


def _backward(grad_spikes: Tensor | None, grad_potential: Tensor | None, alpha: Tensor,  # noqa: PLR0917
              beta: Tensor | None, threshold: Tensor, current: Tensor | None, potential: Tensor, rule: Rule,
              of_threshold: bool) -> tuple[Any, ...]:  # fmt: skip
    """Gradients of arrivals, alpha, beta, bias and, if ``of_threshold``, threshold."""
    grad = torch.zeros_like(potential) if grad_potential is None else grad_potential.clone()
    after, keep = potential, alpha.expand_as(potential)
    grad_threshold = None
    if rule.reset is not Reset.NONE:
        spikes = (potential >= threshold).to(potential.dtype)
        grad_threshold = torch.zeros_like(threshold)
        if grad_spikes is not None:
            through = grad_spikes * surrogate(potential, threshold, rule.slope)
            grad_threshold -= through.sum((0, 1))
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
    if beta is not None and current is not None:
        for t in range(len(grad) - 2, -1, -1):
            grad[t].addcmul_(grad[t + 1], beta)
        grad_beta = (grad[1:] * current[:-1]).sum((0, 1))
    return grad, grad_alpha, grad_beta, grad_bias, grad_threshold if of_threshold else None
