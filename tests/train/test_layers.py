"""train.layers: the hand-written passes against plain autograd, exactness, pruning."""

import itertools

import pytest
import torch
from torch import Tensor

from model.network import Reset
from train.layers import EXACT, DelayProduct, DelaySynapses, Lif, LifScan

SLOPE, THRESHOLD = 4.0, 0.7


class Spike(torch.autograd.Function):
    """A step whose gradient is the fast sigmoid's, for the reference loop."""

    @staticmethod
    def forward(ctx, v):  # type: ignore[no-untyped-def]
        ctx.save_for_backward(v)
        return (v >= THRESHOLD).to(v.dtype)

    @staticmethod
    def backward(ctx, grad):  # type: ignore[no-untyped-def]
        (v,) = ctx.saved_tensors
        return grad / (1 + SLOPE * (v - THRESHOLD).abs()) ** 2


def loop(arrivals: Tensor, alpha: Tensor, beta: Tensor | None, bias: Tensor, reset: Reset) -> tuple[Tensor, Tensor]:
    """The contract's update, written as it reads, left to autograd."""
    i = v = torch.zeros_like(arrivals[0])
    spikes, potentials = [], []
    for x in arrivals:
        i = x if beta is None else beta * i + x
        v = alpha * v + i + bias
        s = torch.zeros_like(v) if reset is Reset.NONE else Spike.apply(v)
        spikes.append(s)
        potentials.append(v)
        if reset is Reset.ZERO:
            v = v * (1 - s.detach())
        elif reset is Reset.SUBTRACT:
            v = v - THRESHOLD * s.detach()
    return torch.stack(spikes), torch.stack(potentials)


@pytest.mark.parametrize(("reset", "leaky"), list(itertools.product(Reset, (False, True))))
def test_scan_equals_autograd(reset: Reset, leaky: bool) -> None:
    generator = torch.Generator().manual_seed(3)
    arrivals = torch.randn(17, 3, 5, generator=generator, dtype=torch.float64)
    alpha, beta, bias = torch.rand(3, 5, generator=generator, dtype=torch.float64)
    mix = torch.randn(2, 17, 3, 5, generator=generator, dtype=torch.float64)
    inputs = [arrivals, alpha, bias, *([beta] if leaky else [])]
    results = []
    for scan in (False, True):
        leaves = [x.clone().requires_grad_() for x in inputs]
        b = leaves[3] if leaky else None
        if scan:
            spikes, potential = LifScan.apply(leaves[0], leaves[1], b, leaves[2], THRESHOLD, reset, SLOPE)
        else:
            spikes, potential = loop(leaves[0], leaves[1], b, leaves[2], reset)
        (spikes * mix[0] + potential * mix[1]).sum().backward()
        results.append((spikes, potential, [x.grad for x in leaves]))
    (spikes, potential, grads), (spikes2, potential2, grads2) = results
    assert torch.equal(spikes, spikes2)
    assert (spikes.sum() > 0) == (reset is not Reset.NONE)
    torch.testing.assert_close(potential2, potential)
    for mine, reference in zip(grads2, grads, strict=True):
        torch.testing.assert_close(mine, reference)


def shifted(x: Tensor, weight: Tensor, delays: tuple[int, ...]) -> Tensor:
    y = x.new_zeros(*x.shape[:2], weight.shape[2])
    for t, (k, d) in itertools.product(range(len(x)), enumerate(delays)):
        if t - d >= 0:
            y[t] = y[t] + x[t - d] @ weight[k]
    return y


@pytest.mark.parametrize("delays", [(0,), (1, 2, 5), (3, 9, 40)])
def test_delay_product_equals_shifts(delays: tuple[int, ...]) -> None:
    generator = torch.Generator().manual_seed(5)
    x = torch.randn(9, 2, 4, generator=generator, dtype=torch.float64).requires_grad_()
    weight = torch.randn(len(delays), 4, 3, generator=generator, dtype=torch.float64).requires_grad_()
    mix = torch.randn(9, 2, 3, generator=generator, dtype=torch.float64)
    want = shifted(x, weight, delays)
    wanted = torch.autograd.grad((want * mix).sum(), (x, weight))
    got = DelayProduct.apply(x, weight, delays)
    torch.testing.assert_close(got, want)
    for mine, reference in zip(torch.autograd.grad((got * mix).sum(), (x, weight)), wanted, strict=True):
        torch.testing.assert_close(mine, reference)


def test_integers_come_out_exact() -> None:
    """Sums just below the limit, of numbers that float32 could not add if they were any larger."""
    generator = torch.Generator().manual_seed(7)
    sources, delays = 64, (1, 3)
    top = (EXACT - 1) // (sources * len(delays))
    weight = torch.randint(-top, top + 1, (2, sources, 4), generator=generator)
    weight[:, :, 0] = top
    x = torch.randint(0, 2, (6, 2, sources), generator=generator)
    x[:2] = 1
    got = DelayProduct.apply(x.float(), weight.float(), delays)
    assert torch.equal(got.long(), shifted(x, weight, delays))


def test_pruning_keeps_the_largest_of_every_pair_for_good() -> None:
    synapses = DelaySynapses(5, 4, (1, 2, 3, 4), generator=torch.Generator().manual_seed(1))
    before = synapses.weight.detach().clone()
    synapses.prune(2)
    kept = synapses.matrix() != 0
    assert torch.equal(kept.sum(0), torch.full((5, 4), 2))
    assert (before.abs().where(kept, torch.inf).amin(0) >= before.abs().where(~kept, torch.zeros(())).amax(0)).all()
    synapses(torch.ones(6, 2, 5)).sum().backward()
    assert synapses.weight.grad is not None
    assert torch.equal(synapses.weight.grad != 0, kept)


def test_equal_weights_are_pruned_to_exactly_k() -> None:
    synapses = DelaySynapses(3, 2, (1, 2, 3), generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        synapses.weight.fill_(0.5)
    synapses.prune(1)
    assert torch.equal((synapses.matrix() != 0).sum(0), torch.ones(3, 2, dtype=torch.long))


def test_shared_weights_act_like_their_copies() -> None:
    generator = torch.Generator().manual_seed(2)
    synapses = DelaySynapses(12, 3, (0,), generator=generator, share=4)
    x = torch.randint(0, 2, (5, 2, 12), generator=generator).float()
    assert synapses.matrix().shape == (1, 12, 3)
    torch.testing.assert_close(synapses(x), x @ synapses.matrix()[0])


def test_folded_normalisation_is_the_layer_in_use() -> None:
    lif = Lif(4, alpha=0.9, beta=None, reset=Reset.ZERO, slope=10, normalise=True)
    generator = torch.Generator().manual_seed(4)
    with torch.no_grad():
        lif.bias.copy_(torch.randn(4, generator=generator) * 0.1)
    for _ in range(30):
        lif(torch.randn(8, 16, 4, generator=generator) * 3 + 1)
    lif.eval()
    arrivals = torch.randn(20, 3, 4, generator=generator) * 3 + 1
    factor, bias = lif.folded()
    spikes, potential = LifScan.apply(arrivals * factor, lif.alpha(), None, bias, 1.0, Reset.ZERO, 10.0)
    want, want_potential = lif(arrivals)
    torch.testing.assert_close(potential, want_potential, atol=1e-4, rtol=1e-4)
    assert (spikes != want).float().mean() < 0.01
    assert want.sum() > 0
