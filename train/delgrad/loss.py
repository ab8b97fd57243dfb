# SPDX-License-Identifier: Apache-2.0
"""Losses of the times at which output neurons fire. Only times relative to the right neuron's enter.

Times are (batch, classes), labels (batch); a loss is one number a sample. A wrong neuron that is silent costs nothing.
Where the right one is, the loss is a constant, which moves nothing: its weights are raised instead
(``train.delgrad.steps``).
"""

import torch
from torch import Tensor

from train.delgrad.config import DelGradTraining


def losses(times: Tensor, labels: Tensor, options: DelGradTraining) -> Tensor:
    """The loss of each sample, (batch)."""
    there = times.isfinite()
    right = there.gather(1, labels[:, None])
    both = there & right
    # No infinity may reach a subtraction: its gradient would not be a number.
    times = torch.where(both, times, 0)
    own = times.gather(1, labels[:, None])
    late = times - own
    if options.loss == "margin":
        found = margin(late, labels, both, options.margin)
    else:
        found = cross_entropy(late, both, options.sharpness)
    found = found + options.early * own.squeeze(1)
    return torch.where(right.squeeze(1), found, options.silent_loss)


def margin(late: Tensor, labels: Tensor, both: Tensor, distance: float) -> Tensor:
    """Half the squares of how far the others are from firing ``distance`` after the right one (arXiv 2404.19165)."""
    wanted = torch.full_like(late, distance).scatter(1, labels[:, None], 0)
    return torch.where(both, late - wanted, 0).square().sum(1) / 2


def cross_entropy(late: Tensor, both: Tensor, sharpness: float) -> Tensor:
    """Of the softmax over -time / ``sharpness`` (arXiv 1912.11443): what is late enough no longer counts."""
    return torch.where(both, -late / sharpness, -torch.inf).masked_fill(~both.any(1, keepdim=True), 0).logsumexp(1)
