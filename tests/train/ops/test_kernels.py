# SPDX-License-Identifier: Apache-2.0
"""train.ops.kernels: the closed-form gradient against autograd; kernels as narrow as can be; rounding to levels."""

import pytest
import torch
from torch import Tensor

from train.ops.kernels import GaussianKernel, nearest, one_hot_kernel

DELAYS = torch.tensor([1.0, 3.0, 5.0, 7.0, 9.0], dtype=torch.float64)


def case(count: int = 2) -> tuple[Tensor, Tensor]:
    """Weights and positions of (count, 3, 4)."""
    generator = torch.Generator().manual_seed(1)
    weight = torch.randn(count, 3, 4, generator=generator, dtype=torch.float64)
    position = 1 + 8 * torch.rand(count, 3, 4, generator=generator, dtype=torch.float64)
    return weight.requires_grad_(), position.requires_grad_()


def by_softmax(weight: Tensor, position: Tensor, sigma: float) -> Tensor:
    distance = DELAYS.view(1, -1, 1, 1) - position[:, None]
    return (torch.softmax(distance.square() * (-0.5 / sigma**2), 1) * weight[:, None]).sum(0)


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("sigma", [0.4, 1.0, 6.0])
def test_kernel_is_a_softmax_over_levels(count: int, sigma: float) -> None:
    weight, position = case(count)
    kernel = GaussianKernel.apply(weight, position, DELAYS, sigma)
    want = by_softmax(weight, position, sigma)
    torch.testing.assert_close(kernel, want)
    direction = torch.randn(want.shape, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    mine = torch.autograd.grad((kernel * direction).sum(), (weight, position))
    wanted = torch.autograd.grad((want * direction).sum(), (weight, position))
    for a, b in zip(mine, wanted, strict=True):
        torch.testing.assert_close(a, b)


def test_gradients_by_differences() -> None:
    assert torch.autograd.gradcheck(lambda w, p: GaussianKernel.apply(w, p, DELAYS, 1.1), case())


def test_weights_are_shared_out_whole() -> None:
    weight, position = case()
    for sigma in (0.05, 0.5, 30.0):
        torch.testing.assert_close(GaussianKernel.apply(weight, position, DELAYS, sigma).sum(0), weight.sum(0))


def test_a_narrow_kernel_stays_finite_and_is_the_nearest_level() -> None:
    weight, position = case()
    narrow = GaussianKernel.apply(weight.float(), position.float(), DELAYS.float(), 1e-3)
    torch.testing.assert_close(narrow, one_hot_kernel(weight, position, (1, 3, 5, 7, 9)).float())


def test_nearest_takes_the_shorter_delay_on_a_tie() -> None:
    levels = torch.tensor([1.0, 3.0, 7.0])
    positions = torch.tensor([-4.0, 1.9, 2.0, 2.1, 4.9, 5.0, 5.1, 99.0])
    assert nearest(positions, levels).tolist() == [0, 0, 0, 1, 1, 1, 2, 2]
    assert nearest(torch.tensor([3.0]), torch.tensor([2.0])).tolist() == [0]


def test_weights_at_one_level_add_up() -> None:
    kernel = one_hot_kernel(torch.tensor([[2.0], [3.0]]), torch.tensor([[2.9], [3.2]]), (1, 3))
    assert kernel.tolist() == [[0.0], [5.0]]
