# SPDX-License-Identifier: Apache-2.0
"""Learned delays: a position on the axis of delays, spread by a Gaussian kernel whose width is annealed away.

Dilated convolution with learnable spacings (DCLS; Khalfaoui-Hassani et al., arXiv 2112.03740; as delays of spiking
networks: Hammouamri et al., arXiv 2306.17670).
"""

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable


class GaussianKernel(torch.autograd.Function):
    """kernel[d] = sum_n weight[n] g_n[d], g_n[d] ~ exp(-(d - position[n])^2 / (2 sigma^2)), normalised over the delays.

    The gradient is in closed form: d g[d] / d position = g[d] (d - mean) / sigma^2, with the mean of d under g.
    """

    @staticmethod
    def forward(ctx: Any, weight: Tensor, position: Tensor, delays: Tensor, sigma: float) -> Tensor:
        """``weight``, ``position``: (n, ...), ``delays``: ascending, (levels,) -> (levels, ...)."""
        levels = delays.view(-1, *[1] * (position.dim() - 1))
        moments = torch.stack([torch.ones_like(delays), delays])
        factor = -0.5 / sigma**2
        saved: list[Tensor] = []
        kernel = torch.empty(0)
        for w, p in zip(weight, position, strict=True):
            # Relative to the nearest level, so that no kernel vanishes however narrow it is.
            least = (delays[nearest(p, delays)] - p).square_().mul_(-factor)
            distance = levels - p
            g = torch.addcmul(least, distance, distance, value=factor, out=distance).exp_()
            total, mean = (moments @ g.view(len(delays), -1)).view(2, *p.shape)
            mean = mean / total
            scaled = w / total
            kernel = kernel.addcmul_(g, scaled) if saved else g * scaled
            saved += [g, total, mean]
        ctx.save_for_backward(weight, moments, *saved)
        ctx.sigma = sigma
        return kernel

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor, None, None]:
        """Gradients of weight and position."""
        weight, moments, *saved = ctx.saved_tensors
        grad_weight, grad_position = [], []
        for w, g, total, mean in zip(weight, saved[::3], saved[1::3], saved[2::3], strict=True):
            share, pull = (moments @ (grad * g).view(moments.shape[1], -1)).view(2, *w.shape)
            grad_weight.append(share / total)
            grad_position.append((pull - mean * share) * w / (total * ctx.sigma**2))
        return torch.stack(grad_weight), torch.stack(grad_position), None, None


def one_hot_kernel(weight: Tensor, position: Tensor, delays: tuple[int, ...]) -> Tensor:
    """The kernel of positions that are levels: weight[n] at the level nearest to position[n], (levels, ...)."""
    levels = torch.tensor(delays, dtype=position.dtype, device=position.device)
    index = nearest(position, levels)
    kernel = torch.zeros(len(delays), *position.shape[1:], dtype=weight.dtype, device=weight.device)
    return kernel.scatter_add(0, index, weight)


def nearest(position: Tensor, levels: Tensor) -> Tensor:
    """Index of the level nearest to each position, the shorter delay on a tie; ``levels`` ascend."""
    middle = (levels[1:] + levels[:-1]) / 2
    return torch.bucketize(position.contiguous(), middle)
