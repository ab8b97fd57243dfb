# SPDX-License-Identifier: Apache-2.0
"""Weights from a codebook of a few integers that a whole network shares, for training in them.

Scales of neurons and the table depend on each other: the best table for given scales is found exactly
(``model.imperfect.codebook``), then each neuron takes the scale at which the table errs least, and so on. Gradients
pass the choice of an entry as they pass rounding.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from model.imperfect.codebook import best_table

ROUNDS = 8
"""In turns, of table and scales; the error hardly falls after that."""
MOVES = tuple(1.05**k for k in range(-8, 9))
"""Factors on a scale that are tried in a turn."""


class _Nearest(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, table: Tensor) -> Tensor:
        return table[torch.bucketize(x, (table[1:] + table[:-1]) / 2)]

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None]:
        return grad, None


def nearest(x: Tensor, table: Tensor) -> Tensor:
    """The nearest entry of an ascending table to each number; gradients pass unchanged."""
    result: Tensor = _Nearest.apply(x, table)
    return result


@dataclass(frozen=True)
class Weighed:
    """A layer whose weights are to come from the table."""

    flat: Tensor
    """In real numbers, (synapses, targets), 0 where there is none."""
    scale: Tensor
    """Of each target to begin with, (targets,)."""
    limit: Tensor
    """The largest scale of each target."""
    room: Tensor
    """Most that the sizes of a target's integers may add up to."""
    common: bool = False
    """One scale for all targets, as of the read-out."""


def find_table(layers: Sequence[Weighed], *, entries: int, top: int) -> tuple[Tensor, list[Tensor]]:
    """A table of up to ``entries`` integers -top..top, 0 among them, and the scales of each layer that go with it."""
    scales = [layer.scale for layer in layers]
    table = torch.zeros(0)
    for _ in range(ROUNDS):
        # Its largest entry is to be the largest integer: small ones would be coarse.
        grown = top / _table(layers, scales, entries).abs().max().clamp(min=1)
        scales = [torch.minimum(scale * grown, layer.limit) for layer, scale in zip(layers, scales, strict=True)]
        scales = [s.min().expand_as(s) if layer.common else s for layer, s in zip(layers, scales, strict=True)]
        table = _table(layers, scales, entries).clamp(-top, top).unique()
        scales = [_best(layer, scale, table) for layer, scale in zip(layers, scales, strict=True)]
    return table.to(torch.float32), scales


def _table(layers: Sequence[Weighed], scales: Sequence[Tensor], entries: int) -> Tensor:
    scaled = [(layer.flat * scale)[layer.flat != 0].round() for layer, scale in zip(layers, scales, strict=True)]
    values, counts = np.unique(torch.cat(scaled).numpy().astype(np.int64), return_counts=True)
    return torch.from_numpy(best_table(values, counts, entries)).to(torch.float64)


def _best(layer: Weighed, scale: Tensor, table: Tensor) -> Tensor:
    """The scale of each target, among those near to the present one, at which the table errs least in the square.

    The smallest of them where none leaves its arrivals room.
    """
    limit = layer.limit.min() if layer.common else layer.limit
    best, least = torch.minimum(scale * MOVES[0], limit), torch.full_like(scale, torch.inf)
    for move in MOVES:
        tried = torch.minimum(scale * move, limit)
        coded = nearest(layer.flat * tried, table)
        loss = (coded / tried - layer.flat).square().sum(0)
        loss = torch.where(coded.abs().sum(0) > layer.room, torch.inf, loss)
        if layer.common:
            loss = loss.sum().expand_as(loss)
        best, least = torch.where(loss < least, tried, best), torch.minimum(loss, least)
    return best
