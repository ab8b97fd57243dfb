# SPDX-License-Identifier: Apache-2.0
"""train.ops.product: both ways to sum over delays against the sum as it reads; exactness."""

import itertools

import pytest
import torch
from torch import Tensor

from train.ops.product import EXACT, DelayProduct, delay_product, shifted_product


def as_it_reads(x: Tensor, weight: Tensor, delays: tuple[int, ...]) -> Tensor:
    y = x.new_zeros(*x.shape[:2], weight.shape[2])
    for t, (k, d) in itertools.product(range(len(x)), enumerate(delays)):
        if t - d >= 0:
            y[t] = y[t] + x[t - d] @ weight[k]
    return y


def random_case(delays: tuple[int, ...], dtype: torch.dtype = torch.float64) -> tuple[Tensor, Tensor, Tensor]:
    """Events, weights and a random direction to take gradients along."""
    generator = torch.Generator().manual_seed(5)
    shapes = (9, 2, 4), (len(delays), 4, 3), (9, 2, 3)
    x, weight, mix = (torch.randn(shape, generator=generator, dtype=dtype) for shape in shapes)
    return x.requires_grad_(), weight.requires_grad_(), mix


DELAYS = [(0,), (0, 3), (1, 2, 5), (3, 8), (3, 9, 40), (12, 40)]


@pytest.mark.parametrize("delays", DELAYS)
@pytest.mark.parametrize(
    ("dtype", "within"), [(torch.float64, 1e-12), (torch.float32, 1e-5), (torch.bfloat16, 0.05)], ids=str
)
def test_product_equals_the_sum(delays: tuple[int, ...], dtype: torch.dtype, within: float) -> None:
    """Delays beyond the steps included: they never arrive, and nothing wraps around."""
    x, weight, mix = random_case(delays, torch.float64 if dtype == torch.float64 else torch.float32)
    want = as_it_reads(x, weight, delays)
    got = delay_product(x, weight, delays, dtype)
    assert got.dtype == x.dtype
    torch.testing.assert_close(got, want, rtol=within, atol=within * float(want.abs().max().detach()))
    if all(d >= len(x) for d in delays):
        assert not got.any()
        return
    wanted = torch.autograd.grad((want * mix).sum(), (x, weight))
    for mine, reference in zip(torch.autograd.grad((got * mix).sum(), (x, weight)), wanted, strict=True):
        torch.testing.assert_close(mine, reference, rtol=within, atol=within * float(reference.abs().max()))


def test_gradients_of_the_transform() -> None:
    x, weight, _ = random_case((0, 2, 7))
    assert torch.autograd.gradcheck(lambda a, b: DelayProduct.apply(a, b, (0, 2, 7), torch.float64), (x, weight))


def test_events_that_need_no_gradient_get_none() -> None:
    x, weight, mix = random_case((1, 3))
    x = x.detach()
    (delay_product(x, weight, (1, 3), torch.float64) * mix).sum().backward()
    assert x.grad is None
    assert weight.grad is not None


@pytest.mark.parametrize("delays", DELAYS)
def test_shifts_equal_the_sum(delays: tuple[int, ...]) -> None:
    x, weight, _ = random_case(delays)
    torch.testing.assert_close(shifted_product(x, weight, delays), as_it_reads(x, weight, delays))


def test_integers_come_out_exact() -> None:
    """Sums just below the limit, of numbers that float32 could not add if they were any larger."""
    generator = torch.Generator().manual_seed(7)
    sources, delays = 64, (1, 3)
    top = (EXACT - 1) // (sources * len(delays))
    weight = torch.randint(-top, top + 1, (2, sources, 4), generator=generator)
    weight[:, :, 0] = top
    x = torch.randint(0, 2, (6, 2, sources), generator=generator)
    x[:2] = 1
    got = shifted_product(x.float(), weight.float(), delays)
    assert torch.equal(got.long(), as_it_reads(x, weight, delays))


def test_rounded_products_are_the_sums_of_a_ring_buffer() -> None:
    """Where a network in integers is evaluated: as many sources, delays and weights as the largest networks have."""
    generator = torch.Generator().manual_seed(8)
    delays = tuple(range(0, 61, 2))
    weight = torch.randint(-127, 128, (len(delays), 256, 32), generator=generator)
    x = (torch.rand(100, 2, 256, generator=generator) < 0.3).long()
    ring = torch.zeros(delays[-1] + 1, 2, 32, dtype=torch.long)
    want = []
    for t, events in enumerate(x):
        for k, d in enumerate(delays):
            ring[(t + d) % len(ring)] += events @ weight[k]
        want.append(ring[t % len(ring)].clone())
        ring[t % len(ring)] = 0
    got = delay_product(x.double(), weight.double(), delays, torch.float64)
    assert torch.equal(got.round().long(), torch.stack(want))
