# SPDX-License-Identifier: Apache-2.0
"""train.budget.selection: exact counts, what goes first, full words."""

import pytest
import torch
from torch import Tensor

from train.budget.selection import keep_per_pair, keep_within, saliency
from train.config.budget import PruneStyle


def kernels() -> tuple[list[Tensor], list[Tensor], list[int]]:
    """Two kernels (levels, sources, targets), one with synapses that are gone, rates of their sources, copies."""
    generator = torch.Generator().manual_seed(3)
    made = [torch.randn(4, 6, 16, generator=generator), torch.randn(3, 5, 20, generator=generator)]
    made[1][:, 2] = 0
    return made, [torch.rand(6, generator=generator), torch.rand(5, generator=generator)], [5, 1]


def count(masks: list[Tensor], copies: list[int]) -> int:
    return sum(int(mask.sum()) * copy for mask, copy in zip(masks, copies, strict=True))


def test_keep_per_pair_keeps_the_largest() -> None:
    kernel = kernels()[0][0]
    mask = keep_per_pair(kernel, 2)
    assert torch.equal(mask.sum(0), torch.full((6, 16), 2))
    size = kernel.abs()
    assert (size.where(mask, torch.inf).amin(0) >= size.where(~mask, torch.zeros(())).amax(0)).all()


def test_keep_per_pair_of_equal_weights_is_exact_and_never_revives() -> None:
    assert torch.equal(keep_per_pair(torch.full((3, 2, 2), 0.5), 1).sum(0), torch.ones(2, 2, dtype=torch.long))
    sparse = torch.zeros(3, 2, 2)
    sparse[1, 0, 0] = 1
    assert keep_per_pair(sparse, 2).sum() == 1


@pytest.mark.parametrize("style", list(PruneStyle))
@pytest.mark.parametrize("share", [0.9, 0.5, 0.1, 0.0])
def test_never_more_than_the_limit_and_almost_all_of_it(style: PruneStyle, share: float) -> None:
    made, rates, copies = kernels()
    limit = int(share * count([kernel != 0 for kernel in made], copies))
    masks = keep_within(made, rates, copies, synapses=limit, style=style, lanes=8)
    assert all(not (mask & (kernel == 0)).any() for mask, kernel in zip(masks, made, strict=True))
    # A unit of pruning: a synapse, a row or a word, five times where five sources share their weights.
    largest = {PruneStyle.SYNAPTIC: 5, PruneStyle.AXONAL: 80, PruneStyle.LANES: 40}[style]
    assert limit - largest < count(masks, copies) <= limit or (share == 0 and count(masks, copies) == 0)


def test_rows_go_whole() -> None:
    made, rates, copies = kernels()
    masks = keep_within(made, rates, copies, synapses=300, style=PruneStyle.AXONAL, lanes=8)
    for mask, kernel in zip(masks, made, strict=True):
        assert torch.equal(mask.any(2), mask.sum(2) == (kernel != 0).sum(2).where(mask.any(2), -torch.ones(())))


def test_every_word_has_a_synapse_in_each_lane() -> None:
    made, rates, copies = kernels()
    mask = keep_within(made[:1], rates[:1], copies[:1], synapses=900, style=PruneStyle.LANES, lanes=8)[0]
    per_lane = mask.view(4, 6, 2, 8).sum(2)
    assert torch.equal(per_lane, per_lane[..., :1].expand_as(per_lane))
    assert set(per_lane.flatten().tolist()) == {0, 1, 2}


def test_a_layer_narrower_than_its_lanes_is_pruned_within_the_limit() -> None:
    """20 classes on 8 lanes: the last word of a row has 4 targets."""
    made, rates, copies = kernels()
    for limit in (200, 37, 4):
        masks = keep_within(made[1:], rates[1:], copies[1:], synapses=limit, style=PruneStyle.LANES, lanes=8)
        assert limit - 8 < int(masks[0].sum()) <= limit


def test_saliency_knows_rates_and_not_scales() -> None:
    kernel = torch.tensor([[[1.0, 10.0], [2.0, 20.0]]])
    got = saliency(kernel, torch.tensor([4.0, 1.0]))
    assert torch.equal(got[0], torch.full((2, 2), 0.5))
    assert not saliency(torch.zeros(1, 2, 2), torch.ones(2)).isnan().any()
