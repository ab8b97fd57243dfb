# SPDX-License-Identifier: Apache-2.0
"""Which synapses to keep, so that a network fits its budget: by what each one carries.

The saliency of a synapse is its share of the variance that reaches its target, weight^2 x rate of its source, with each
target's sum set to 1: magnitude pruning that knows how often a source fires and does not compare neurons of different
scales. Ranked over all layers at once, so the layers that can spare most give most.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from train.config.budget import PruneStyle


def saliency(kernel: Tensor, rate: Tensor) -> Tensor:
    """Share of each synapse in what reaches its target, of the kernel's shape (levels, sources, targets).

    ``rate``: mean square of the events of each source, (sources,).
    """
    power = kernel.square() * rate[:, None]
    return power / power.sum((0, 1)).clamp(min=1e-20)


def keep_per_pair(kernel: Tensor, keep: int) -> Tensor:
    """The ``keep`` synapses of largest |weight| of every pair (arXiv 2404.10597), bool of the kernel's shape."""
    order = kernel.abs().argsort(dim=0, descending=True, stable=True)
    mask = torch.zeros_like(kernel, dtype=torch.bool)
    return mask.scatter_(0, order[:keep], True) & (kernel != 0)


def keep_within(kernels: Sequence[Tensor], rates: Sequence[Tensor], copies: Sequence[int], *, synapses: int,
                style: PruneStyle, lanes: int) -> list[Tensor]:  # fmt: skip
    """Masks of the kernels that keep at most ``synapses`` synapses, most salient first.

    ``copies``: how many synapses in hardware an entry of each kernel stands for. ``style`` says in which units one
    prunes: single synapses; whole rows (source, level), which clears bits of the skip mask; or synapse words, the
    targets of a row one a lane, so that every word of a row is full. Lane of a target: its number mod ``lanes``, as
    the compiler keeps it where layers begin at multiples of ``lanes``.
    """
    groups = [_groups(kernel, style, lanes) for kernel in kernels]
    scores, costs = [], []
    for kernel, rate, group, copy in zip(kernels, rates, groups, copies, strict=True):
        size = int(group.max()) + 1
        flat = group.reshape(-1)
        present = (kernel != 0).reshape(-1)
        none = kernel.new_zeros(size)
        score = none.scatter_add(0, flat, saliency(kernel, rate).reshape(-1))
        cost = none.scatter_add(0, flat, present.to(none.dtype)) * copy
        scores.append(score / cost.clamp(min=1))
        costs.append(cost)
    kept = _most_salient(torch.cat(scores), torch.cat(costs), synapses)
    parts = kept.split([len(each) for each in scores])
    return [part[group] & (kernel != 0) for part, group, kernel in zip(parts, groups, kernels, strict=True)]


def keep_rows(kernels: Sequence[Tensor], rates: Sequence[Tensor], keys: Sequence[Tensor], copies: Sequence[int], *,
              rows: int) -> list[Tensor]:  # fmt: skip
    """Masks of the kernels that keep at most ``rows`` rows of the row table, most salient first.

    ``keys``: a number for the row of each (level, source) of each kernel, int64; kernels whose synapses stand in the
    same row, since they have the same sources, give it the same number.
    """
    own, index = torch.cat([key.reshape(-1) for key in keys]).unique(return_inverse=True)
    parts = index.split([key.numel() for key in keys])
    score, cost = kernels[0].new_zeros(len(own)), kernels[0].new_zeros(len(own))
    for kernel, rate, part, copy in zip(kernels, rates, parts, copies, strict=True):
        score.scatter_add_(0, part, saliency(kernel, rate).sum(2).reshape(-1))
        present = (kernel != 0).any(2).reshape(-1).to(cost.dtype) * copy
        cost.scatter_reduce_(0, part, present, "amax")
    kept = _most_salient(score / cost.clamp(min=1), cost, rows)
    return [
        kept[part].view(kernel.shape[:2])[..., None] & (kernel != 0)
        for part, kernel in zip(parts, kernels, strict=True)
    ]


def keep_fan_in(kernels: Sequence[Tensor], rates: Sequence[Tensor], copies: Sequence[int],
                limit: Tensor) -> list[Tensor]:  # fmt: skip
    """Masks that keep at most ``limit`` synapses, (targets,), into each target of some kernels, most salient first."""
    power = torch.cat([(kernel.square() * rate[:, None]).flatten(0, 1)
                       for kernel, rate in zip(kernels, rates, strict=True)])  # fmt: skip
    cost = torch.cat([(kernel != 0).flatten(0, 1) * copy for kernel, copy in zip(kernels, copies, strict=True)])
    order = (power / cost.clamp(min=1)).argsort(dim=0, descending=True, stable=True)
    kept = torch.zeros_like(cost, dtype=torch.bool)
    kept.scatter_(0, order, cost.gather(0, order).cumsum(0) <= limit)
    kept &= cost > 0
    parts = kept.split([kernel.shape[0] * kernel.shape[1] for kernel in kernels])
    return [part.view(kernel.shape) for part, kernel in zip(parts, kernels, strict=True)]


def _most_salient(score: Tensor, cost: Tensor, limit: int) -> Tensor:
    """Which to keep, of largest score first, while the sum of their costs is at most ``limit``; none that costs 0."""
    order = score.argsort(descending=True, stable=True)
    kept = torch.zeros_like(score, dtype=torch.bool)
    kept[order] = cost[order].cumsum(0) <= limit
    return kept & (cost > 0)


def _groups(kernel: Tensor, style: PruneStyle, lanes: int) -> Tensor:
    """The number of the unit of pruning that each synapse belongs to, int64 of the kernel's shape."""
    levels, sources, targets = kernel.shape
    if style is PruneStyle.SYNAPTIC:
        return torch.arange(kernel.numel(), device=kernel.device).view(kernel.shape)
    row = torch.arange(levels * sources, device=kernel.device).view(levels, sources, 1)
    if style is PruneStyle.AXONAL:
        return row.expand(kernel.shape)
    words = -(-targets // lanes)
    # The n-th largest weight of each lane goes into the n-th word of the row.
    padded = torch.nn.functional.pad(kernel.abs(), (0, words * lanes - targets), value=-1.0)
    by_lane = padded.view(levels, sources, words, lanes)
    rank = by_lane.argsort(dim=2, descending=True, stable=True).argsort(dim=2)
    word = rank.reshape(levels, sources, -1)[:, :, :targets]
    return row * words + word
