# SPDX-License-Identifier: Apache-2.0
"""train.ops.matmul: the same products as torch's own, whichever way they take."""

import pytest
import torch
from torch import Tensor

from train.ops import matmul as ways
from train.ops.matmul import batched, matmul


def random(*shape: int, dtype: torch.dtype = torch.float32) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(6), dtype=dtype)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
def test_products(dtype: torch.dtype) -> None:
    a, b = random(7, 5, dtype=dtype), random(5, 3, dtype=dtype)
    got = matmul(a, b)
    assert got.dtype == dtype
    assert torch.allclose(got.double(), a.double() @ b.double(), rtol=1e-2 if dtype == torch.bfloat16 else 1e-5)


def test_transposed_operands() -> None:
    a, b = random(5, 7).T, random(3, 5).T
    assert torch.allclose(matmul(a, b), a @ b, rtol=1e-5, atol=1e-6)


def test_a_stack_of_products() -> None:
    a, b = random(4, 7, 5), random(4, 5, 3)
    got = batched(a, b)
    assert got.shape == (4, 7, 3)
    assert torch.allclose(got, torch.bmm(a, b), rtol=1e-5, atol=1e-6)


def test_a_build_without_onednn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ways, "_DNN", None)
    a, b = random(4, 7, 5), random(4, 5, 3)
    assert torch.equal(matmul(a[0], b[0]), a[0] @ b[0])
    assert torch.equal(batched(a, b), torch.bmm(a, b))
