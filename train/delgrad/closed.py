# SPDX-License-Identifier: Apache-2.0
"""Spike times in closed form and their gradients, in plain torch: for any device, float32 and float64.

Inputs are sorted; each prefix of them has one candidate, and the first candidate that is later than its last input and
not later than the next one is the spike. The sums of a prefix are taken relative to its last input, so that no
exponential exceeds 1: a cumulative sum that decays on the way, in log2(sources) rounds (Hillis and Steele).

Shapes: arrivals (batch, rows, sources), where rows is 1 if all targets see the same arrivals and else targets; weights
(targets, sources); level (targets); times (batch, targets). A spike that is not there is at infinity.
"""

import torch
from torch import Tensor

from train.delgrad.lambert import first_root
from train.delgrad.neuron import Neuron

SLACK = 16
"""Units in the last place of a time by which a candidate may precede its last input: the prefix before may have placed
the same spike as much too late."""


def spike_times(arrivals: Tensor, weights: Tensor, level: Tensor, neuron: Neuron) -> Tensor:
    """When each target first reaches its level, (batch, targets); infinity: it does not."""
    ordered, order = arrivals.sort(dim=-1, stable=True)
    shape = (len(arrivals), *weights.shape)
    weight = weights.expand(shape).gather(-1, order.expand(shape))
    there = ordered.isfinite()
    last = torch.where(there, ordered, 0).amax(-1, keepdim=True)
    at = torch.where(there, ordered, last).expand(shape)
    weight = torch.where(there, weight, 0)
    candidate = _after(at, weight, level[:, None], neuron)
    upto = torch.cat((ordered[..., 1:], torch.full_like(ordered[..., :1], torch.inf)), -1)
    slack = SLACK * torch.finfo(at.dtype).eps * (1 + at.abs())
    # A comparison with NaN, a candidate that is not there, is False.
    fires = there & (candidate >= -slack) & (at + candidate <= upto)
    spike = torch.where(fires, at + candidate.clamp(min=0), torch.inf)
    first = fires.to(torch.uint8).argmax(-1, keepdim=True)
    return spike.gather(-1, first).squeeze(-1)


def _after(at: Tensor, weight: Tensor, level: Tensor, neuron: Neuron) -> Tensor:
    """The candidate of each prefix, as a time after its last input; NaN where it has none."""
    if neuron.ratio == 2:
        slow, fast = _decayed(at, weight)
        root = (slow * slow - 4 * fast * level).sqrt()
        first = 2 * fast / (slow + root)
        return torch.where((fast > 0) & (slow > 0), 2 * first.log(), torch.nan)
    total, moment = _decayed_moment(at, weight)
    total = torch.where(total > 0, total, torch.nan)
    shift = moment / total
    return shift + first_root(-1 - shift - (level / total).log())


def _decayed(at: Tensor, weight: Tensor) -> tuple[Tensor, Tensor]:
    """Sums of w exp(-(t - t_i)/2) and w exp(-(t - t_i)) over each prefix, t its last input."""
    slow = fast = weight
    span = 1
    while span < at.shape[-1]:
        decay = torch.exp((at[..., :-span] - at[..., span:]) / 2)
        slow = torch.cat((slow[..., :span], slow[..., span:] + slow[..., :-span] * decay), -1)
        fast = torch.cat((fast[..., :span], fast[..., span:] + fast[..., :-span] * decay * decay), -1)
        span *= 2
    return slow, fast


def _decayed_moment(at: Tensor, weight: Tensor) -> tuple[Tensor, Tensor]:
    """Sums of w exp(-(t - t_i)) and w (t_i - t) exp(-(t - t_i)) over each prefix, t its last input."""
    total, moment = weight, torch.zeros_like(weight)
    span = 1
    while span < at.shape[-1]:
        gap = at[..., span:] - at[..., :-span]
        decay = torch.exp(-gap)
        moved = (moment[..., :-span] - gap * total[..., :-span]) * decay
        moment = torch.cat((moment[..., :span], moment[..., span:] + moved), -1)
        total = torch.cat((total[..., :span], total[..., span:] + total[..., :-span] * decay), -1)
        span *= 2
    return total, moment


def gradients(  # noqa: PLR0917
    grad: Tensor, times: Tensor, arrivals: Tensor, weights: Tensor, level: Tensor, neuron: Neuron
) -> tuple[Tensor, Tensor]:
    """Gradients of arrivals and weights, given those of the times.

    The drive is at its level at a spike, so dT/dx = -(d drive/dx) / (d drive/dT) with the inputs before the spike: the
    derivative of the closed form, written with the spike itself. ``times`` may therefore be observed ones.
    """
    fired = times.isfinite()
    since = torch.where(fired, times, 0)[..., None] - arrivals
    before = fired[..., None] & (since > 0)
    since = torch.where(before, since, 0)
    if neuron.ratio == 2:
        slow = torch.exp(-since / 2)
        kernel, slope = slow - slow * slow, slow * slow - slow / 2
    else:
        decay = torch.exp(-since)
        kernel, slope = since * decay, (1 - since) * decay
    kernel, slope = torch.where(before, kernel, 0), torch.where(before, slope, 0)
    steep = torch.maximum((weights * slope).sum(-1), neuron.slope_floor * level)
    each = (torch.where(fired, grad, 0) / steep)[..., None]
    of_arrivals = each * weights * slope
    if arrivals.shape[1] == 1:
        of_arrivals = of_arrivals.sum(1, keepdim=True)
    return of_arrivals, -(each * kernel).sum(0)
