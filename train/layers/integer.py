# SPDX-License-Identifier: Apache-2.0
"""The quantised network, layer by layer in torch: integers as the contract wants them, fast enough for whole data sets.

Written apart from ``model``: the two must give the same spikes.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from model.encoding import Encoding
from model.limits import LEAK_BITS, STATE_BITS, signed_range
from model.network import IntArray, Network, Neurons, Readout, ReadoutKind, Reset
from support.errors import InputError
from train.ops.product import EXACT, shifted_product


@dataclass(frozen=True, kw_only=True)
class IntegerSynapses:
    """Synapses of one group: ``delays`` ascending, weights int64 (delays, sources, targets), 0 where there is none."""

    delays: tuple[int, ...]
    weight: Tensor


@dataclass(frozen=True, kw_only=True)
class IntegerLayer:
    """Synapses into a layer, its neurons, and its synapses onto itself; parameters int64 (targets,)."""

    synapses: IntegerSynapses
    recurrent: IntegerSynapses | None = None
    alpha: Tensor
    beta: Tensor
    bias: Tensor
    threshold: Tensor
    reset: Reset

    def __post_init__(self) -> None:
        groups = [self.synapses] if self.recurrent is None else [self.synapses, self.recurrent]
        largest = int(torch.stack([group.weight.abs().sum((0, 1)) for group in groups]).sum(0).max())
        if largest >= EXACT:
            raise InputError(f"integer layer: arrivals of up to {largest} are not exact in float32 (limit {EXACT - 1})")


class IntegerOutput(NamedTuple):
    """What a forward pass gives."""

    score: Tensor
    """Per class, int64 (batch, classes)."""
    spikes: list[Tensor]
    """Of each layer, the read-out included, bool (steps, batch, neurons)."""
    potentials: list[Tensor]
    """Of each layer after the clamp and before the reset, int64 (steps, batch, neurons)."""


@dataclass(frozen=True, kw_only=True)
class IntegerNetwork:
    """Layers in order; the last one is the read-out."""

    layers: tuple[IntegerLayer, ...]
    readout: ReadoutKind
    state_bits: int = STATE_BITS.default

    @property
    def vmax(self) -> int:
        """Largest potential; the smallest, which is also the floor, is -vmax - 1."""
        return signed_range(self.state_bits)[1]

    @torch.no_grad()
    def forward(self, x: Tensor) -> IntegerOutput:
        """``x``: events (steps, batch, axons), 0 or 1."""
        x = x.to(torch.float32)
        spikes, potentials = [], []
        for layer in self.layers:
            arrivals = shifted_product(x, layer.synapses.weight.to(torch.float32), layer.synapses.delays)
            fired, potential = self._scan(layer, arrivals.to(torch.int64))
            spikes.append(fired)
            potentials.append(potential)
            x = fired.to(torch.float32)
        last = potentials[-1]
        score = last[-1] if self.readout is ReadoutKind.LAST_POTENTIAL else last.sum(0)
        return IntegerOutput(score, spikes, potentials)

    def _scan(self, layer: IntegerLayer, arrivals: Tensor) -> tuple[Tensor, Tensor]:
        potential = torch.empty_like(arrivals)
        spikes = torch.empty_like(arrivals, dtype=torch.bool)
        i = v = torch.zeros_like(arrivals[0])
        for t in range(len(arrivals)):
            i = _leak(i, layer.beta) + arrivals[t] + _recurrent(layer, spikes, t)
            v = (_leak(v, layer.alpha) + i + layer.bias).clamp(-self.vmax - 1, self.vmax)
            fired = v >= layer.threshold
            potential[t], spikes[t] = v, fired
            if layer.reset is Reset.ZERO:
                v = v.masked_fill(fired, 0)
            elif layer.reset is Reset.SUBTRACT:
                v = v - layer.threshold * fired
        return spikes, potential

    def network(self, *, name: str = "", labels: tuple[str, ...] = (), encoding: Encoding | None = None,
                max_steps: int) -> Network:  # fmt: skip
        """The same network as the compiler takes it; neurons are numbered layer by layer, the read-out last."""
        sizes = [len(layer.bias) for layer in self.layers]
        axons = self.layers[0].synapses.weight.shape[1]
        first = np.cumsum([0, *sizes])
        parts: dict[str, list[IntArray]] = {"source": [], "target": [], "delay": [], "weight": []}
        before = 0
        for k, layer in enumerate(self.layers):
            groups = [(layer.synapses, before)]
            before = axons + first[k]
            if layer.recurrent is not None:
                groups.append((layer.recurrent, before))
            for group, offset in groups:
                weight = group.weight.numpy()
                level, source, target = np.nonzero(weight)
                parts["source"].append(source + offset)
                parts["target"].append(target + first[k])
                parts["delay"].append(np.asarray(group.delays, np.int64)[level])
                parts["weight"].append(weight[level, source, target])
        neurons = Neurons(
            count=int(first[-1]),
            state_bits=self.state_bits,
            reset=np.repeat([int(layer.reset) for layer in self.layers], sizes),
            **{
                key: torch.cat([getattr(layer, key) for layer in self.layers]).numpy()
                for key in ("alpha", "beta", "bias", "threshold")
            },
        )
        return Network(
            axons=axons,
            neurons=neurons,
            **{key: np.concatenate(value) for key, value in parts.items()},
            readout=Readout(neurons=tuple(range(int(first[-2]), int(first[-1]))), kind=self.readout),
            max_steps=max_steps,
            encoding=encoding,
            name=name,
            labels=labels,
        )


def _recurrent(layer: IntegerLayer, spikes: Tensor, step: int) -> Tensor | int:
    """Arrivals of a step from the layer itself, int64 (batch, neurons)."""
    if layer.recurrent is None:
        return 0
    group = layer.recurrent
    return sum(
        (spikes[step - d].float() @ weight.float()).to(torch.int64)
        for d, weight in zip(group.delays, group.weight, strict=True)
        if d <= step
    )


def _leak(x: Tensor, factor: Tensor) -> Tensor:
    return torch.div(x * factor, 1 << LEAK_BITS, rounding_mode="trunc")
