# SPDX-License-Identifier: Apache-2.0
"""Sums over delays of what sources send: the arrivals of a layer. Time is the first axis.

Two ways to the same sum, y[t] = sum_k x[t - delay_k] @ weight[k]:

- ``DelayProduct`` works in the frequency domain: over time and over delays a discrete Fourier transform as a product
  with a constant matrix, a product of sources by targets a frequency, and the inverse transform. Padded to steps +
  largest delay, so that nothing wraps around. Its cost hardly grows with the number of delays.
- ``shifted_product`` adds one product a delay: exact for integers whose sums stay below ``EXACT``.
"""

import math
from functools import lru_cache
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from train.ops.matmul import batched, matmul

EXACT = 1 << 24
"""Integers up to here are exact in float32."""


class Transform:
    """Constant matrices of one geometry: y = inverse^T [(steps x) * (delays w)], with as many products as rows.

    A row stands for a frequency of the discrete Fourier transform. The complex product of a frequency takes three real
    ones, as Gauss found: (a + ib)(c + id) from ac, bd and (a + b)(c + d). Sums before and after are in the matrices.
    """

    def __init__(self, steps: int, delays: tuple[int, ...], dtype: torch.dtype, device: torch.device) -> None:
        size = steps + delays[-1]
        size += size % 2
        turn = 2 * math.pi / size

        def angles(frequencies: Tensor, positions: Tensor) -> Tensor:
            return turn * ((frequencies[:, None] * positions) % size).double()

        # Frequency 0 and the highest are real; all others stand for themselves and their mirror images.
        real, others = torch.tensor([0, size // 2]), torch.arange(1, size // 2)

        def forward(positions: Tensor) -> Tensor:
            angle = angles(others, positions)
            cos, sin = angle.cos(), angle.sin()
            return torch.cat([angles(real, positions).cos(), cos, -sin, cos - sin]).to(device, dtype)

        self.steps = forward(torch.arange(steps))
        """Of a signal over the steps, (rows, steps)."""
        self.delays = forward(torch.tensor(delays))
        """Of a kernel over the delays, (rows, delays)."""
        angle = angles(others, torch.arange(steps))
        cos, sin = 2 * angle.cos(), 2 * angle.sin()
        inverse = torch.cat([angles(real, torch.arange(steps)).cos(), cos + sin, sin - cos, -sin]) / size
        self.inverse = inverse.to(device, dtype)
        """Back to the steps: its transpose is applied, (rows, steps)."""


@lru_cache(maxsize=64)
def _transform(steps: int, delays: tuple[int, ...], dtype: torch.dtype, device: torch.device) -> Transform:
    return Transform(steps, delays, dtype, device)


def _apply(matrix: Tensor, signal: Tensor) -> Tensor:
    """(rows, n) times (n, ..) -> (rows, ..)."""
    return matmul(matrix, signal.reshape(len(signal), -1)).view(-1, *signal.shape[1:])


def _stacked(a: Tensor, b: Tensor) -> Tensor:
    """Each of a stack of products, (.., n, m) times (.., m, k)."""
    return batched(a.flatten(0, -3), b.flatten(0, -3)).view(*a.shape[:-1], b.shape[-1])


class DelayProduct(torch.autograd.Function):
    """y[t] = sum_k x[t - delay_k] @ weight[k] in the frequency domain."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, delays: tuple[int, ...], dtype: torch.dtype) -> Tensor:
        """``x`` (steps, .., batch, sources), ``weight`` (delays, .., sources, targets) -> (steps, .., batch, targets).

        What stands in place of the dots are products apart. ``delays`` ascend; ``dtype`` is that of the matrix
        products, float32 or bfloat16.
        """
        transform = _transform(len(x), delays, dtype, x.device)
        spectrum = _apply(transform.steps, x.to(dtype))
        kernel = _apply(transform.delays, weight.to(dtype))
        ctx.save_for_backward(spectrum, kernel)
        ctx.transform = transform
        return _apply(transform.inverse.T, _stacked(spectrum, kernel)).to(x.dtype)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, Tensor, None, None]:
        """Gradients of x (if it needs one) and weight."""
        spectrum, kernel = ctx.saved_tensors
        transform: Transform = ctx.transform
        out = _apply(transform.inverse, grad.to(spectrum.dtype))
        grad_weight = _apply(transform.delays.T, _stacked(spectrum.transpose(-2, -1), out))
        grad_x = None
        if ctx.needs_input_grad[0]:
            grad_x = _apply(transform.steps.T, _stacked(out, kernel.transpose(-2, -1))).to(grad.dtype)
        return grad_x, grad_weight.to(grad.dtype), None, None


def delay_product(x: Tensor, weight: Tensor, delays: tuple[int, ...], dtype: torch.dtype = torch.float32) -> Tensor:
    """Arrivals (steps, .., batch, targets) of x (steps, .., batch, sources) over weight (delays, .., sources, targets).

    ``delays`` ascend; levels from ``steps`` on never arrive. ``dtype``: of the products, float32 or bfloat16.
    """
    steps = len(x)
    inside = sum(d < steps for d in delays)
    delays, weight = delays[:inside], weight[:inside]
    if not delays:
        return x.new_zeros(*x.shape[:-1], weight.shape[-1])
    if delays == (0,):
        return (x.to(dtype) @ weight[0].to(dtype)).to(x.dtype)
    result: Tensor = DelayProduct.apply(x, weight, delays, dtype)
    return result


def shifted_product(x: Tensor, weight: Tensor, delays: tuple[int, ...]) -> Tensor:
    """The same sum by one product a delay, in the dtype of ``x``: exact for integers with sums below ``EXACT``."""
    steps, batch, sources = x.shape
    y = x.new_zeros(steps, batch, weight.shape[2])
    for k, d in enumerate(delays):
        if d < steps:
            y[d:].view(-1, weight.shape[2]).addmm_(x[: steps - d].reshape(-1, sources), weight[k])
    return y
