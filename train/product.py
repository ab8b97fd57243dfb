"""Sums over delays of what sources send: the arrivals of a layer. Time is the first axis.

Two ways to the same sum, y[t] = sum_k x[t - delay_k] @ weight[k]:

- ``DelayProduct`` works in the frequency domain: over time and over delays a discrete Fourier transform as a product
  with a constant matrix, one complex product of sources by targets a frequency, and the inverse transform. Padded to
  steps + largest delay, so that nothing wraps around. Its cost hardly grows with the number of delays.
- ``shifted_product`` adds one product a delay: exact for integers whose sums stay below ``EXACT``.
"""

import math
from functools import lru_cache
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

EXACT = 1 << 24
"""Integers up to here are exact in float32."""


class Transform:
    """Constant matrices of one geometry, real and imaginary parts stacked, (2 frequencies, ...)."""

    def __init__(self, steps: int, delays: tuple[int, ...], dtype: torch.dtype, device: torch.device) -> None:
        size = steps + delays[-1]
        size += size % 2
        frequencies = size // 2 + 1
        self.frequencies = frequencies
        """Of a real signal of ``size`` steps."""
        turn = 2 * math.pi / size

        def forward(positions: Tensor) -> Tensor:
            angle = turn * ((torch.arange(frequencies)[:, None] * positions) % size).double()
            return torch.cat([angle.cos(), -angle.sin()])

        self.steps = forward(torch.arange(steps)).to(device, dtype)
        """Of a signal over the steps, (2 frequencies, steps)."""
        self.delays = forward(torch.tensor(delays)).to(device, dtype)
        """Of a kernel over the delays, (2 frequencies, delays)."""
        # All frequencies but the first and last stand for themselves and their mirror images.
        twice = torch.full((frequencies, 1), 2.0, dtype=torch.float64)
        twice[0] = twice[-1] = 1
        self.inverse = (forward(torch.arange(steps)) * twice.repeat(2, 1) / size).to(device, dtype)
        """Back to the steps: its transpose is applied, (2 frequencies, steps)."""


@lru_cache(maxsize=64)
def _transform(steps: int, delays: tuple[int, ...], dtype: torch.dtype, device: torch.device) -> Transform:
    return Transform(steps, delays, dtype, device)


def _apply(matrix: Tensor, signal: Tensor) -> Tensor:
    """(2 frequencies, n) times (n, a, b) -> (2, frequencies, a, b)."""
    return (matrix @ signal.reshape(len(signal), -1)).view(2, -1, *signal.shape[1:])


def _back(matrix: Tensor, spectrum: Tensor) -> Tensor:
    """The transpose of (2 frequencies, n) times (2, frequencies, a, b) -> (n, a, b)."""
    return (matrix.T @ spectrum.reshape(len(matrix), -1)).view(-1, *spectrum.shape[2:])


def _complex_product(a: Tensor, b: Tensor, *, conjugate_a: bool = False, conjugate_b: bool = False) -> Tensor:
    """Per frequency a @ b, (2, frequencies, n, m) by (2, frequencies, m, k)."""
    sign_a, sign_b = (-1 if conjugate_a else 1), (-1 if conjugate_b else 1)
    real = torch.bmm(a[0], b[0]).baddbmm_(a[1], b[1], alpha=-sign_a * sign_b)
    imaginary = torch.bmm(a[0], b[1])
    if sign_a == sign_b:
        imaginary.baddbmm_(a[1], b[0])
    else:
        imaginary = imaginary.mul_(sign_b).baddbmm_(a[1], b[0], alpha=sign_a)
    if sign_a == sign_b == -1:
        imaginary.neg_()
    return torch.stack([real, imaginary])


class DelayProduct(torch.autograd.Function):
    """y[t] = sum_k x[t - delay_k] @ weight[k] in the frequency domain."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, delays: tuple[int, ...], dtype: torch.dtype) -> Tensor:
        """``x`` (steps, batch, sources), ``weight`` (delays, sources, targets) -> (steps, batch, targets).

        ``delays`` ascend; ``dtype`` is that of the matrix products, float32 or bfloat16.
        """
        transform = _transform(len(x), delays, dtype, x.device)
        spectrum = _apply(transform.steps, x.to(dtype))
        kernel = _apply(transform.delays, weight.to(dtype))
        ctx.save_for_backward(spectrum, kernel)
        ctx.transform = transform
        return _back(transform.inverse, _complex_product(spectrum, kernel)).to(x.dtype)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, Tensor, None, None]:
        """Gradients of x (if it needs one) and weight."""
        spectrum, kernel = ctx.saved_tensors
        transform: Transform = ctx.transform
        out = _apply(transform.inverse, grad.to(spectrum.dtype))
        grad_weight = _back(transform.delays, _complex_product(spectrum.transpose(2, 3), out, conjugate_a=True))
        grad_x = None
        if ctx.needs_input_grad[0]:
            grad_x = _back(transform.steps, _complex_product(out, kernel.transpose(2, 3), conjugate_b=True))
            grad_x = grad_x.to(grad.dtype)
        return grad_x, grad_weight.to(grad.dtype), None, None


def delay_product(x: Tensor, weight: Tensor, delays: tuple[int, ...], dtype: torch.dtype = torch.float32) -> Tensor:
    """Arrivals (steps, batch, targets) of x (steps, batch, sources) over weight (delays, sources, targets).

    ``delays`` ascend; levels from ``steps`` on never arrive. ``dtype``: of the products, float32 or bfloat16.
    """
    steps = len(x)
    inside = sum(d < steps for d in delays)
    delays, weight = delays[:inside], weight[:inside]
    if not delays:
        return x.new_zeros(*x.shape[:2], weight.shape[2])
    if delays == (0,):
        flat = x.reshape(-1, x.shape[2]).to(dtype) @ weight[0].to(dtype)
        return flat.to(x.dtype).view(*x.shape[:2], -1)
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
