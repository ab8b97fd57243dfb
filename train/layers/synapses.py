# SPDX-License-Identifier: Apache-2.0
"""Synapses of a layer, one interface over every way to have delays; time is the first axis.

- ``parallel``: every pair has one synapse per delay level (arXiv 2404.10597);
- ``synapse``: every pair has a few synapses, each at a learned position (DCLS, arXiv 2306.17670);
- ``axon``, ``dendrite``: a source, or a target, has a few learned positions, and a pair one weight for each.

Learned positions are settled at the end: rounded to levels, after which the synapses are parallel ones with a mask.
"""

from abc import ABC, abstractmethod

import torch
from torch import Tensor, nn

from train.config.network import DelayConfig, DelayKind
from train.layers.codebook import nearest
from train.layers.lif import rounded
from train.ops.kernels import GaussianKernel, one_hot_kernel
from train.ops.product import delay_product


class Synapses(nn.Module, ABC):
    """All pairs of sources and targets; what differs is how a kernel (levels, sources, targets) comes about."""

    scale: Tensor | None
    table: Tensor | None
    """The codebook, (entries,), ascending; None: every integer of the range."""

    def __init__(self, sources: int, targets: int, levels: tuple[int, ...], *, share: int = 1) -> None:
        """``levels``: delays in steps, ascending.

        ``share`` neighbouring sources share their weights and delays in training; in hardware each has its own copy.
        """
        super().__init__()
        self.sources, self.targets, self.levels, self.share = sources, targets, levels, share
        self.register_buffer("scale", None)
        self.register_buffer("table", None)
        self.top = 0
        self.bottom = 0
        self.columns = 1
        """Equal parts of sources and targets without synapses from one to another."""

    @property
    def shape(self) -> tuple[int, int, int]:
        """Of the kernel: levels, sources / share, targets."""
        return len(self.levels), self.sources // self.share, self.targets

    @abstractmethod
    def kernel(self) -> Tensor:
        """Weights in real numbers, (levels, sources / share, targets), differentiable; 0 where there is no synapse."""

    @abstractmethod
    def settled(self) -> "ParallelSynapses":
        """The same synapses at fixed levels."""

    def effective(self) -> Tensor:
        """The kernel as the product takes it: integers where quantised."""
        kernel = self.kernel()
        if self.scale is None:
            return kernel
        # Within the range the gradient passes the rounding, outside there is none.
        inside = (kernel * self.scale).clamp(self.bottom, self.top)
        return rounded(inside) if self.table is None else nearest(inside, self.table)

    def grouped(self, x: Tensor) -> Tensor:
        """Sources that share their weights, summed."""
        return x if self.share == 1 else x.unflatten(-1, (-1, self.share)).sum(-1)

    def forward(self, x: Tensor, *, dtype: torch.dtype = torch.float32, factor: Tensor | None = None,
                votes: int = 1) -> Tensor:  # fmt: skip
        """Arrivals (steps, batch, targets) of the events x (steps, batch, sources).

        ``dtype``: of the products; ``factor``: a mismatch of the weights, of the kernel's shape. ``votes``: arrivals
        from so many equal parts of the sources, each apart, (steps, votes * batch, targets).
        """
        kernel, x, parts = self.effective(), self.grouped(x), max(votes, self.columns)
        if factor is not None:
            kernel = kernel * factor
        if parts > 1:
            x = x.unflatten(2, (parts, -1)).transpose(1, 2)
            kernel = kernel.unflatten(1, (parts, -1))
        if self.columns > 1:
            kernel = kernel.unflatten(3, (parts, -1)).diagonal(dim1=1, dim2=3).movedim(-1, 1)
        # In float64 the sums of integers are off by far less than 1/2.
        exact = self.scale is not None and not self.training
        arrivals = delay_product(x, kernel, self.levels, torch.float64 if exact else dtype)
        if self.columns > 1:
            arrivals = arrivals.transpose(1, 2).flatten(2)
        elif votes > 1:
            arrivals = arrivals.flatten(1, 2)
        return arrivals if self.scale is None else rounded(arrivals)

    @torch.no_grad()
    def matrix(self) -> Tensor:
        """Weights of all synapses as they are used, (levels, sources, targets); 0 where there is none."""
        return self.effective().repeat_interleave(self.share, 1)

    @torch.no_grad()
    def quantise(self, scale: Tensor, bottom: int, top: int, table: Tensor | None = None) -> None:
        """From now on integers bottom..top, or those of a table: 1 is the integer ``scale``, (targets,)."""
        self.scale, self.bottom, self.top, self.table = scale, bottom, top, table
        if table is not None:
            self.bottom, self.top = int(table[0]), int(table[-1])


class ParallelSynapses(Synapses):
    """One synapse per pair and level; a mask prunes."""

    mask: Tensor
    prior: Tensor

    def __init__(self, sources: int, targets: int, levels: tuple[int, ...], *, generator: torch.Generator,
                 share: int = 1, fade: float | None = None) -> None:  # fmt: skip
        """Weights start normal, with a variance of 1 / (sources * levels), times exp(-(delay - first) / fade)."""
        super().__init__(sources, targets, levels, share=share)
        weight = torch.randn(len(levels), sources // share, targets, generator=generator)
        self.weight = nn.Parameter(weight / (sources * len(levels)) ** 0.5)
        self.register_buffer("mask", torch.ones_like(weight, dtype=torch.bool))
        prior = torch.ones(len(levels))
        if fade is not None:
            prior = torch.exp((levels[0] - torch.tensor(levels)) / fade)
        self.register_buffer("prior", prior[:, None, None], persistent=False)

    def kernel(self) -> Tensor:
        """The weights, those at long delays as weak as the prior has it, under the mask."""
        return self.weight * (self.mask * self.prior)

    @torch.no_grad()
    def replace(self, kernel: Tensor) -> None:
        """Take these weights, (levels, sources / share, targets), all of them present."""
        self.weight.copy_(kernel / self.prior)
        self.mask.fill_(True)

    def settled(self) -> "ParallelSynapses":
        """Itself."""
        return self

    @torch.no_grad()
    def prune(self, mask: Tensor) -> None:
        """Keep only what ``mask``, bool of the kernel's shape, has too; for good."""
        self.mask &= mask
        self.weight.mul_(self.mask)

    @torch.no_grad()
    def clip(self) -> None:
        """Bring the weights of quantised synapses back into the range of their integers."""
        if self.scale is not None:
            unit = self.scale * self.prior
            self.weight.copy_(torch.minimum(torch.maximum(self.weight, self.bottom / unit), self.top / unit))

    @torch.no_grad()
    def rescale(self, factor: Tensor) -> None:
        """Multiply the weights into each target, (targets,)."""
        self.weight.mul_(factor)


class PlacedSynapses(Synapses):
    """Synapses at learned positions between the first and the last level."""

    def __init__(self, sources: int, targets: int, config: DelayConfig, *, generator: torch.Generator,
                 share: int = 1) -> None:  # fmt: skip
        """Positions start uniform over the levels, weights normal with a variance of 1 / (sources * count)."""
        super().__init__(sources, targets, config.levels, share=share)
        groups = sources // share
        shape = {
            DelayKind.SYNAPSE: (config.count, groups, targets),
            DelayKind.AXON: (config.count, groups, 1),
            DelayKind.DENDRITE: (config.count, 1, targets),
        }[DelayKind(config.kind)]
        first, last = self.levels[0], self.levels[-1]
        weight = torch.randn(config.count, groups, targets, generator=generator)
        self.weight = nn.Parameter(weight / (sources * config.count) ** 0.5)
        self.position = nn.Parameter(first + (last - first) * torch.rand(shape, generator=generator))
        self.sigma = 0.0
        """Width of the kernels in steps; 0: positions are rounded to levels."""
        self.delays: Tensor
        self.register_buffer("delays", torch.tensor(self.levels, dtype=torch.float32), persistent=False)

    def kernel(self) -> Tensor:
        """Each weight spread about its position; in evaluation, or without a width, at the nearest level."""
        if not self.training or not self.sigma:
            return one_hot_kernel(self.weight, self.position.expand_as(self.weight), self.levels)
        if self.position.shape == self.weight.shape:
            result: Tensor = GaussianKernel.apply(self.weight, self.position, self.delays, self.sigma)
            return result
        distance = self.delays.view(1, -1, 1, 1) - self.position[:, None]
        spread = torch.softmax(distance.square() * (-0.5 / self.sigma**2), 1)
        return (spread * self.weight[:, None]).sum(0)

    @torch.no_grad()
    def clamp(self) -> None:
        """Bring positions back between the first and the last level."""
        self.position.clamp_(self.levels[0], self.levels[-1])

    @torch.no_grad()
    def settled(self) -> ParallelSynapses:
        """Parallel synapses with a mask: weights at the levels nearest to their positions."""
        position = self.position.expand_as(self.weight)
        fixed = ParallelSynapses(self.sources, self.targets, self.levels, generator=torch.Generator(), share=self.share)
        fixed.weight.data.copy_(one_hot_kernel(self.weight, position, self.levels))
        fixed.mask.copy_(one_hot_kernel(torch.ones_like(self.weight), position, self.levels) > 0)
        return fixed


def make_synapses(sources: int, targets: int, config: DelayConfig, *, generator: torch.Generator,
                  share: int = 1) -> Synapses:  # fmt: skip
    """The synapses that a configuration asks for."""
    if config.kind == DelayKind.PARALLEL or len(config.levels) == 1:
        return ParallelSynapses(sources, targets, config.levels, generator=generator, share=share, fade=config.fade)
    return PlacedSynapses(sources, targets, config, generator=generator, share=share)
