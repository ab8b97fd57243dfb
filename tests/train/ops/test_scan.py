# SPDX-License-Identifier: Apache-2.0
"""train.ops.scan: the time loop against one written step by step, its gradients against autograd through that."""

from typing import Any

import pytest
import torch
from torch import Tensor

from model.network import Reset
from train.ops.scan import LifScan, Rule, leak, saturate, surrogate

STEPS, BATCH, NEURONS = 9, 3, 4
SLOPE = 8.0


class Spike(torch.autograd.Function):
    """A step at the threshold whose gradient is the surrogate's, by the potential and by the threshold."""

    @staticmethod
    def forward(ctx: Any, v: Tensor, threshold: Tensor) -> Tensor:
        ctx.save_for_backward(v, threshold)
        return (v >= threshold).to(v.dtype)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor]:
        v, threshold = ctx.saved_tensors
        through = grad / (threshold * (1 + SLOPE * (v / threshold - 1).abs()) ** 2)
        return through, -through.sum(0)


def parameters(*, leaky: bool) -> list[Tensor]:
    """Arrivals, alpha, beta, bias and threshold in float64, which no compiled scan takes."""
    generator = torch.Generator().manual_seed(8)

    def uniform(low: float, high: float, *shape: int) -> Tensor:
        drawn = torch.rand(shape, generator=generator, dtype=torch.float64)
        return (low + (high - low) * drawn).requires_grad_()

    arrivals, alpha = uniform(-0.5, 1.0, STEPS, BATCH, NEURONS), uniform(0.5, 0.95, NEURONS)
    beta = uniform(0.2, 0.8, NEURONS) if leaky else torch.zeros(NEURONS, dtype=torch.float64)
    return [arrivals, alpha, beta, uniform(-0.1, 0.1, NEURONS), uniform(0.8, 1.2, NEURONS)]


def by_hand(inputs: list[Tensor], reset: Reset) -> tuple[Tensor, Tensor]:
    """Spikes and potentials before the reset."""
    arrivals, alpha, beta, bias, threshold = inputs
    i = v = torch.zeros(BATCH, NEURONS, dtype=torch.float64)
    spikes, potentials = [], []
    for x in arrivals:
        i = beta * i + x
        v = alpha * v + i + bias
        potentials.append(v)
        spikes.append(Spike.apply(v, threshold) if reset is not Reset.NONE else torch.zeros_like(v))
        fired = spikes[-1].detach()
        if reset is Reset.ZERO:
            v = v * (1 - fired)
        elif reset is Reset.SUBTRACT:
            v = v - threshold * fired
    return torch.stack(spikes), torch.stack(potentials)


@pytest.mark.parametrize("leaky", [False, True])
@pytest.mark.parametrize("reset", list(Reset))
def test_against_a_loop_by_hand(reset: Reset, leaky: bool) -> None:
    inputs = parameters(leaky=leaky)
    got = LifScan.apply(inputs[0], inputs[1], inputs[2] if leaky else None, *inputs[3:], Rule(reset, SLOPE))
    want = by_hand(inputs, reset)
    assert torch.equal(got[0], want[0])
    assert torch.allclose(got[1], want[1], rtol=1e-12)
    if reset is not Reset.NONE:
        assert 0 < float(want[0].detach().mean()) < 1
    factors = [torch.randn(STEPS, BATCH, NEURONS, generator=torch.Generator().manual_seed(k), dtype=torch.float64)
               for k in (1, 2)]  # fmt: skip
    learned = [each for each in inputs if each.requires_grad and not (reset is Reset.NONE and each is inputs[4])]
    mine, other = (
        torch.autograd.grad(sum((factor * out).sum() for factor, out in zip(factors, pair, strict=True)), learned)
        for pair in (got, want)
    )
    for a, b in zip(mine, other, strict=True):
        assert torch.allclose(a, b, rtol=1e-9, atol=1e-12)


def test_the_surrogate_is_steepest_at_the_threshold() -> None:
    threshold = torch.tensor([2.0])
    at, below = surrogate(torch.tensor([2.0]), threshold, 5.0), surrogate(torch.tensor([1.0]), threshold, 5.0)
    assert float(at) == pytest.approx(1 / 2)
    assert float(below) == pytest.approx(1 / (2 * (1 + 5 * 0.5) ** 2))


def test_integers_leak_toward_zero_and_saturate() -> None:
    rule = Rule(Reset.ZERO, SLOPE, vmax=7)
    assert leak(torch.tensor([5.0, -5.0]), torch.tensor(0.5), rule).tolist() == [2.0, -2.0]
    assert leak(torch.tensor([5.0, -5.0]), torch.tensor(0.5), Rule(Reset.ZERO, SLOPE)).tolist() == [2.5, -2.5]
    assert saturate(torch.tensor([9.0, 7.0, -8.0, -9.0]), rule).tolist() == [7.0, 7.0, -8.0, -8.0]
    assert saturate(torch.tensor([9.0]), Rule(Reset.ZERO, SLOPE)).tolist() == [9.0]
