# SPDX-License-Identifier: Apache-2.0
"""train.layers.lif: the hand-written passes against plain autograd; normalisation; integers."""

import itertools

import pytest
import torch
from torch import Tensor

from model.network import Reset
from train.layers.lif import Lif
from train.ops.scan import LifScan, Rule, surrogate

SLOPE = 4.0


class Spike(torch.autograd.Function):
    """A step whose gradient is the fast sigmoid's, for the reference loop."""

    @staticmethod
    def forward(ctx, v, threshold):  # type: ignore[no-untyped-def]
        ctx.save_for_backward(v, threshold)
        return (v >= threshold).to(v.dtype)

    @staticmethod
    def backward(ctx, grad):  # type: ignore[no-untyped-def]
        v, threshold = ctx.saved_tensors
        slope = grad * surrogate(v, threshold, SLOPE)
        return slope, -slope.sum(0)


def loop(arrivals: Tensor, alpha: Tensor, beta: Tensor | None, bias: Tensor, threshold: Tensor,  # noqa: PLR0917
         reset: Reset) -> tuple[Tensor, Tensor]:  # fmt: skip
    """The contract's update, written as it reads, left to autograd; the spike of a reset is taken as given."""
    i = v = torch.zeros_like(arrivals[0])
    spikes, potentials = [], []
    for x in arrivals:
        i = x if beta is None else beta * i + x
        v = alpha * v + i + bias
        s = torch.zeros_like(v) if reset is Reset.NONE else Spike.apply(v, threshold)
        spikes.append(s)
        potentials.append(v)
        if reset is Reset.ZERO:
            v = v * (1 - s.detach())
        elif reset is Reset.SUBTRACT:
            v = v - threshold * s.detach()
    return torch.stack(spikes), torch.stack(potentials)


@pytest.mark.parametrize(("reset", "leaky"), list(itertools.product(Reset, (False, True))))
def test_scan_equals_autograd(reset: Reset, leaky: bool) -> None:
    generator = torch.Generator().manual_seed(3)
    arrivals = torch.randn(17, 3, 5, generator=generator, dtype=torch.float64)
    alpha, beta, bias = torch.rand(3, 5, generator=generator, dtype=torch.float64)
    threshold = 0.5 + torch.rand(5, generator=generator, dtype=torch.float64)
    mix = torch.randn(2, 17, 3, 5, generator=generator, dtype=torch.float64)
    inputs = [arrivals, alpha, bias, *([threshold] if reset is not Reset.NONE else []), *([beta] if leaky else [])]
    results = []
    for scan in (False, True):
        leaves = [x.clone().requires_grad_() for x in inputs]
        b = leaves[-1] if leaky else None
        theta = threshold if reset is Reset.NONE else leaves[3]
        if scan:
            spikes, potential = LifScan.apply(leaves[0], leaves[1], b, leaves[2], theta, Rule(reset, SLOPE))
        else:
            spikes, potential = loop(leaves[0], leaves[1], b, leaves[2], theta, reset)
        (spikes * mix[0] + potential * mix[1]).sum().backward()
        results.append((spikes, potential, [x.grad for x in leaves]))
    (spikes, potential, grads), (spikes2, potential2, grads2) = results
    assert torch.equal(spikes, spikes2)
    assert (spikes.sum() > 0) == (reset is not Reset.NONE)
    torch.testing.assert_close(potential2, potential)
    for mine, reference in zip(grads2, grads, strict=True):
        torch.testing.assert_close(mine, reference)


def test_the_surrogate_is_the_same_at_every_scale() -> None:
    """Potentials and threshold in units of 1/s: the gradient by them is 1/s of what it was."""
    potential, threshold = torch.linspace(-1, 3, 9), torch.tensor(1.3)
    want = surrogate(potential, threshold, 10.0)
    torch.testing.assert_close(surrogate(64 * potential, 64 * threshold, 10.0) * 64, want)
    assert surrogate(threshold, threshold, 10.0) == 1 / threshold


def test_folded_normalisation_is_the_layer_in_use() -> None:
    lif = Lif(4, alpha=0.9, beta=None, reset=Reset.ZERO, slope=10, normalise=True)
    generator = torch.Generator().manual_seed(4)
    with torch.no_grad():
        lif.bias.copy_(torch.randn(4, generator=generator) * 0.1)
    for _ in range(30):
        lif(torch.randn(8, 16, 4, generator=generator) * 3 + 1)
    lif.eval()
    arrivals = torch.randn(20, 3, 4, generator=generator) * 3 + 1
    want, want_potential = lif(arrivals)
    factor = lif.fold()
    assert lif.norm is None
    spikes, potential = lif(arrivals * factor)
    torch.testing.assert_close(potential, want_potential, atol=1e-4, rtol=1e-4)
    assert (spikes != want).float().mean() < 0.01
    assert want.sum() > 0
    assert torch.equal(lif.fold(), torch.ones(4))
