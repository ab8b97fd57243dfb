# SPDX-License-Identifier: Apache-2.0
"""A layer with delayed synapses onto itself: a spike of step t arrives again at t + delay, delay >= 1.

What arrives depends on the spikes of the same layer, so time runs step by step; one product a step over all delays.
"""

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from model.network import Reset
from train.layers.noise import EventNoise
from train.ops.scan import Rule, leak, saturate, surrogate


class RecurrentScan(torch.autograd.Function):
    """``LifScan`` with synapses of the layer onto itself."""

    @staticmethod
    def forward(ctx: Any, arrivals: Tensor, kernel: Tensor, levels: tuple[int, ...], alpha: Tensor,  # noqa: PLR0917
                beta: Tensor | None, bias: Tensor, threshold: Tensor, rule: Rule,
                noise: EventNoise | None = None) -> tuple[Tensor, Tensor]:  # fmt: skip
        """Spikes and potentials before the reset, (steps, batch, neurons).

        ``arrivals``: from other layers, of that shape; ``kernel``: (levels, neurons, neurons); ``noise``: on the way of
        the spikes back to the layer; the rest as ``LifScan``.
        """
        steps = len(arrivals)
        flat = kernel.reshape(-1, kernel.shape[2])
        current = torch.empty_like(arrivals)
        potential, spikes = torch.empty_like(arrivals), torch.zeros_like(arrivals)
        heard = spikes if noise is None else torch.empty_like(spikes)
        i = v = before = torch.zeros_like(arrivals[0])
        for t in range(steps):
            total = arrivals[t]
            sent = _sent(heard, t, levels)
            if sent is not None:
                again = sent @ flat[: sent.shape[1]]
                total = total + (again.round_() if rule.vmax else again)
            if beta is not None:
                total = total + leak(i, beta, rule)
            i = current[t] = total
            v = saturate(torch.add(total, leak(v, alpha, rule), out=potential[t]).add_(bias), rule)
            fired = torch.ge(v, threshold, out=spikes[t])
            v = v.addcmul(fired, v if rule.reset is Reset.ZERO else threshold, value=-1)
            if noise is not None:
                passed = noise.step(fired, t)
                heard[t] = passed if noise.late is None else torch.where(noise.late, before, passed)
                before = passed
        ctx.save_for_backward(kernel, alpha, beta, threshold, current, potential, spikes, heard)
        ctx.levels, ctx.rule, ctx.noise = levels, rule, noise
        return spikes, potential

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad_spikes: Tensor, grad_potential: Tensor) -> tuple[Any, ...]:
        """Gradients of arrivals, kernel, alpha, beta, bias and threshold."""
        kernel, alpha, beta, threshold, current, potential, spikes, heard = ctx.saved_tensors
        rule: Rule = ctx.rule
        noise: EventNoise | None = ctx.noise
        steps = len(spikes)
        flat = kernel.reshape(-1, kernel.shape[2])
        zero = rule.reset is Reset.ZERO
        after = potential * (1 - spikes) if zero else potential - threshold * spikes
        keep = alpha * (1 - spikes) if zero else alpha.expand_as(potential)
        slope = surrogate(potential, threshold, rule.slope)
        of_spikes = grad_spikes.clone()
        # One step more: what would be heard after the last one.
        of_heard = grad_spikes.new_zeros(steps + 1, *grad_spikes.shape[1:])
        grad, grad_current = torch.empty_like(potential), torch.empty_like(potential)
        grad_flat = torch.zeros_like(flat)
        for t in range(steps - 1, -1, -1):
            of_spikes[t] += of_heard[t] if noise is None else noise.backward(of_heard[t], of_heard[t + 1], t)
            g = grad_potential[t] + of_spikes[t] * slope[t]
            if t + 1 < steps:
                g = g + grad[t + 1] * keep[t]
            grad[t] = g
            if beta is not None and t + 1 < steps:
                g = g + grad_current[t + 1] * beta
            grad_current[t] = g
            sent = _sent(heard, t, ctx.levels)
            if sent is not None:
                used = sent.shape[1]
                grad_flat[:used].addmm_(sent.T, g)
                back = g @ flat[:used].T
                for part, d in zip(back.split(g.shape[1], 1), ctx.levels, strict=False):
                    of_heard[t - d] += part
        through = of_spikes * slope
        grad_threshold = -through.sum((0, 1))
        if not zero:
            grad_threshold -= (grad[1:] * spikes[:-1] * alpha).sum((0, 1))
        grad_beta = None if beta is None else (grad_current[1:] * current[:-1]).sum((0, 1))
        grad_alpha = (grad[1:] * after[:-1]).sum((0, 1))
        grad_bias, grad_kernel = grad.sum((0, 1)), grad_flat.view_as(kernel)
        return grad_current, grad_kernel, None, grad_alpha, grad_beta, grad_bias, grad_threshold, None, None


def _sent(heard: Tensor, step: int, levels: tuple[int, ...]) -> Tensor | None:
    """Events that arrive in a step, (batch, levels that reach back inside the sample times neurons)."""
    inside = [heard[step - d] for d in levels if d <= step]
    return torch.cat(inside, 1) if inside else None
