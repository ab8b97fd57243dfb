# SPDX-License-Identifier: Apache-2.0
"""Losses of the times at which output neurons fire, with their gradients. Only differences to the right neuron enter.

Times are (batch, classes), labels (batch). A wrong neuron that is silent costs nothing. Where the right one is, the
loss is a constant, which moves nothing: its weights are raised instead (``train.delgrad.steps``).
"""

import torch
from torch import Tensor

from train.delgrad.config import DelGradTraining


@torch.no_grad()
def losses(times: Tensor, labels: Tensor, options: DelGradTraining) -> tuple[Tensor, Tensor]:
    """The loss of each sample, (batch), and its gradient with respect to the times, (batch, classes)."""
    own = labels[:, None]
    there = times < torch.inf
    right = there.gather(1, own)
    both = there & right
    times = torch.where(both, times, 0)
    first = times.gather(1, own)
    of = cross_entropy if options.loss == "cross_entropy" else margin
    loss, grad = of(times - first, own, both, options)
    # A later right neuron makes all others earlier.
    grad.scatter_add_(1, own, options.early * right.to(times.dtype) - grad.sum(1, keepdim=True))
    loss = loss + options.early * first.squeeze(1)
    return torch.where(right.squeeze(1), loss, options.silent_loss), grad


def margin(late: Tensor, own: Tensor, both: Tensor, options: DelGradTraining) -> tuple[Tensor, Tensor]:
    """Half the squares of how far the others are from firing ``margin`` after the right one (arXiv 2404.19165)."""
    wanted = torch.full_like(late, options.margin).scatter_(1, own, 0)
    grad = torch.where(both, late - wanted, 0)
    return grad.square().sum(1) / 2, grad


def cross_entropy(late: Tensor, own: Tensor, both: Tensor, options: DelGradTraining) -> tuple[Tensor, Tensor]:
    """Of the softmax over -time / ``sharpness`` (arXiv 1912.11443): what is late enough no longer counts."""
    score = torch.where(both, -late / options.sharpness, -torch.inf)
    score = torch.where(both.any(1, keepdim=True), score, 0)
    loss = score.logsumexp(1)
    share = (score - loss[:, None]).exp() * both
    # The right neuron's own term of the softmax is constant.
    return loss, (-share / options.sharpness).scatter_(1, own, 0)
