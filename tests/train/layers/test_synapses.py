# SPDX-License-Identifier: Apache-2.0
"""train.layers.synapses: each kind of delay; settling without loss; shared weights; integers."""

import pytest
import torch

from train.config.network import DelayConfig, DelayKind
from train.layers.synapses import ParallelSynapses, PlacedSynapses, Synapses, make_synapses

LEARNED = [DelayKind.SYNAPSE, DelayKind.AXON, DelayKind.DENDRITE]


def made(kind: DelayKind, *, share: int = 1, step: int = 2) -> Synapses:
    config = DelayConfig(kind=kind, first=1, last=9, step=step, count=1 if kind == DelayKind.PARALLEL else 2)
    return make_synapses(12, 3, config, generator=torch.Generator().manual_seed(1), share=share)


def events() -> torch.Tensor:
    return (torch.rand(15, 4, 12, generator=torch.Generator().manual_seed(2)) < 0.4).float()


@pytest.mark.parametrize("share", [1, 4])
@pytest.mark.parametrize("kind", list(DelayKind))
def test_arrivals_are_those_of_the_matrix(kind: DelayKind, share: int) -> None:
    """What every hardware synapse does by itself, at the delay that it has."""
    synapses, x = made(kind, share=share).eval(), events()
    matrix = synapses.matrix()
    assert matrix.shape == (5, 12, 3)
    want = torch.zeros(15, 4, 3)
    for weight, delay in zip(matrix, synapses.levels, strict=True):
        want[delay:] += x[:-delay] @ weight
    torch.testing.assert_close(synapses(x), want, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("share", [1, 4])
@pytest.mark.parametrize("kind", LEARNED)
def test_settling_loses_nothing_once_the_width_is_gone(kind: DelayKind, share: int) -> None:
    synapses, x = made(kind, share=share).eval(), events()
    before = synapses(x)
    settled = synapses.settled()
    assert isinstance(settled, ParallelSynapses)
    assert torch.equal(settled(x), before)
    # No pair has more synapses than it learned delays for.
    assert int(settled.mask.sum(0).max()) <= 2
    assert torch.equal(settled.kernel() != 0, settled.mask)


@pytest.mark.parametrize("kind", LEARNED)
def test_positions_belong_to_what_they_are_named_after(kind: DelayKind) -> None:
    synapses = made(kind, step=1).eval()
    assert isinstance(synapses, PlacedSynapses)
    present = synapses.matrix() != 0
    shape = {DelayKind.SYNAPSE: (2, 12, 3), DelayKind.AXON: (2, 12, 1), DelayKind.DENDRITE: (2, 1, 3)}[kind]
    assert synapses.position.shape == shape
    if kind is DelayKind.AXON:
        assert torch.equal(present, present[:, :, :1].expand_as(present))
    if kind is DelayKind.DENDRITE:
        assert torch.equal(present, present[:, :1].expand_as(present))


@pytest.mark.parametrize("kind", LEARNED)
def test_positions_learn_and_stay_inside_the_levels(kind: DelayKind) -> None:
    synapses = made(kind).train()
    assert isinstance(synapses, PlacedSynapses)
    synapses.sigma = 2.0
    synapses(events()).square().sum().backward()
    assert synapses.position.grad is not None
    assert synapses.position.grad.abs().min() > 0
    with torch.no_grad():
        synapses.position.sub_(100).where(synapses.position > 5, synapses.position + 200)
    synapses.clamp()
    assert synapses.position.min() == 1
    assert synapses.position.max() <= 9


def test_a_mask_is_for_good() -> None:
    synapses = made(DelayKind.PARALLEL)
    assert isinstance(synapses, ParallelSynapses)
    kept = torch.rand(5, 12, 3, generator=torch.Generator().manual_seed(3)) < 0.5
    synapses.prune(kept)
    synapses.prune(torch.ones_like(kept))
    assert torch.equal(synapses.matrix() != 0, kept)
    synapses(events()).sum().backward()
    assert synapses.weight.grad is not None
    assert not synapses.weight.grad[~kept].any()


def test_integers_are_rounded_and_clipped_where_the_gradient_passes_only_inside() -> None:
    synapses = made(DelayKind.PARALLEL)
    assert isinstance(synapses, ParallelSynapses)
    with torch.no_grad():
        synapses.weight.copy_(torch.linspace(-2, 2, 180).view(5, 12, 3))
    synapses.quantise(torch.full((3,), 10.0), -7, 7)
    matrix = synapses.matrix()
    assert torch.equal(matrix, (synapses.weight * 10).round().clamp(-7, 7))
    arrivals = synapses.eval()(events())
    assert torch.equal(arrivals, arrivals.round())
    synapses.effective().sum().backward()
    inside = synapses.weight.abs() * 10 <= 7
    assert synapses.weight.grad is not None
    assert torch.equal(synapses.weight.grad != 0, inside)
    synapses.clip()
    assert float(synapses.weight.detach().abs().max()) == pytest.approx(0.7)
    assert torch.equal(synapses.matrix(), matrix)


def test_long_delays_start_weaker_and_learn_slower() -> None:
    def faded(fade: float | None) -> ParallelSynapses:
        config = DelayConfig(first=1, last=9, step=2, fade=fade)
        synapses = make_synapses(12, 3, config, generator=torch.Generator().manual_seed(1))
        assert isinstance(synapses, ParallelSynapses)
        return synapses

    plain, weak = faded(None), faded(4.0)
    share = torch.exp(-torch.tensor([0.0, 2, 4, 6, 8]) / 4)[:, None, None]
    torch.testing.assert_close(weak.kernel(), plain.kernel() * share)
    for synapses in (plain, weak):
        synapses(events()).square().sum().backward()
        before = synapses.kernel().detach()
        torch.optim.Adam(synapses.parameters(), lr=1e-3).step()
        change = (synapses.kernel() - before).abs().amax((1, 2))
        torch.testing.assert_close(
            change, 1e-3 * (share.flatten() if synapses is weak else torch.ones(5)), rtol=1e-2, atol=0
        )
    weak.replace(plain.kernel())
    torch.testing.assert_close(weak.kernel(), plain.kernel())


def test_integers_of_weak_synapses_are_clipped_to_their_range() -> None:
    config = DelayConfig(first=1, last=9, step=2, fade=2.0)
    synapses = make_synapses(12, 3, config, generator=torch.Generator().manual_seed(1))
    assert isinstance(synapses, ParallelSynapses)
    synapses.quantise(torch.full((3,), 10.0), -7, 7)
    synapses.replace(torch.full((5, 12, 3), 2.0))
    synapses.clip()
    torch.testing.assert_close(synapses.kernel(), torch.full((5, 12, 3), 0.7))
