# SPDX-License-Identifier: Apache-2.0
"""A DelGrad network on the grid of a core: integer weights and delays, one spike a neuron and sample.

With alpha = exp(-dt/tau_m) and beta = exp(-dt/tau_s) the core's potential of an input m steps ago is
w (alpha^(m+1) - beta^(m+1)) / (alpha - beta), or w (m+1) alpha^m if both are equal: the kernel of
``train.delgrad.neuron``, scaled, at end of step. So a spike in step n stands for a time between n and n + 1
steps.

What is rounded: times to steps, weights to ``weight_bits``, and the core's leak, toward zero in every step. The last
one costs most: a current of some ten weights loses half a unit a step besides the one or two that the time constant
asks for, the more so the finer the grid. So a synapse is made of ``taps`` synapses in consecutive steps, which together
have its weight: currents are as many times larger, and weights as many times finer. The kernel is a mean over ``taps``
steps then, and half of these later, for all inputs of a layer alike.
"""

import math
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from model.limits import LEAK_ONE, WEIGHT_BITS, signed_range
from model.network import UNTIL_END, IntArray, Network, Neurons, Readout, ReadoutKind, Reset
from support.errors import InputError
from train.delgrad.network import DelGradLayer, DelGradNetwork

STEPS = 64
"""Steps of a synaptic time constant, unless told otherwise."""
TAPS, MAX_TAPS = 8, 64
"""Synapses that make one, unless told otherwise, and at most."""
LAST = 6.0
"""Time constants that a sample has: later spikes change no class that matters."""


@dataclass(frozen=True, kw_only=True)
class Grid:
    """How real numbers become those of a core."""

    steps: int = STEPS
    """Of a synaptic time constant (1 to 4096)."""
    taps: int = TAPS
    """Synapses in consecutive steps that make one (1 to 64)."""
    weight_bits: int = WEIGHT_BITS.default
    state_bits: int = 24
    """The compiler asks for as many as the largest current could need."""

    def __post_init__(self) -> None:
        if not 1 <= self.steps <= LEAK_ONE:
            raise InputError(f"grid: steps of a time constant must be in 1..{LEAK_ONE}, not {self.steps}")
        if not 1 <= self.taps <= MAX_TAPS:
            raise InputError(f"grid: taps must be in 1..{MAX_TAPS}, not {self.taps}")

    @property
    def length(self) -> int:
        """Steps of a sample."""
        return math.ceil(LAST * self.steps)

    def leaks(self, ratio: int) -> tuple[int, int]:
        """alpha and beta of the core for a membrane time constant of ``ratio`` synaptic ones."""
        alpha, beta = (round(LEAK_ONE * math.exp(-1 / (tau * self.steps))) for tau in (ratio, 1))
        return alpha, beta

    def kernel(self, ratio: int) -> float:
        """Potential in the core that a drive of 1 becomes, for weights that are not scaled."""
        alpha, beta = (leak / LEAK_ONE for leak in self.leaks(ratio))
        return 1 / (alpha - beta) if ratio != 1 else self.steps / alpha

    def raster(self, times: NDArray[np.floating]) -> NDArray[np.bool_]:
        """Events of spikes (samples, axons) in time constants: shape (samples, length, axons); none after LAST."""
        step = np.rint(times * self.steps)
        raster = np.zeros((len(times), self.length, times.shape[1]), np.bool_)
        sample, axon = np.nonzero(step < self.length)
        raster[sample, step[sample, axon].astype(np.int64), axon] = True
        return raster

    def times(self, spikes: NDArray[np.bool_], layer: int) -> NDArray[np.float64]:
        """Times (samples, neurons) that first spikes (samples, length, neurons) of a layer stand for; infinity: none.

        What the taps of this layer and of those before it make later is taken off.
        """
        first = spikes.argmax(1) + 0.5 - (layer + 1) * (self.taps - 1) / 2
        return np.where(spikes.any(1), first / self.steps, np.inf)


@torch.no_grad()
def to_core(network: DelGradNetwork, grid: Grid, *, name: str = "", labels: tuple[str, ...] = ()) -> Network:
    """The network in the integers of a core. Neurons are numbered layer by layer; the read-out is the last layer.

    Each neuron has a scale of its own: its largest weight becomes the largest of ``weight_bits``, and its threshold
    follows. Raises InputError for a threshold that ``state_bits`` do not hold.
    """
    source, target, delay, weight, threshold = [], [], [], [], []
    before, first = 0, 0  # the first source and the first neuron of the layer
    axons = network.stack[0].weights.shape[1]
    alpha, beta = grid.leaks(network.stack[0].neuron.ratio)
    for layer in network.stack:
        weights, level = _weights(layer, grid)
        steps = _delays(layer, grid, of_axons=not first)
        for tap in range(grid.taps):
            # Spread evenly, so that the mean delay stays.
            share = weights * (tap + 1) // grid.taps - weights * tap // grid.taps
            there = np.nonzero(share)
            source.append(before + there[1])
            target.append(first + there[0])
            delay.append(steps[there] + tap)
            weight.append(share[there])
        threshold.append(level)
        before, first = axons + first, first + len(weights)
    levels = np.concatenate(threshold)
    largest = signed_range(grid.state_bits)[1]
    if levels.max() > largest:
        raise InputError(
            f"grid: a threshold of {levels.max()} does not fit {grid.state_bits} bits of state; expected at most "
            f"{largest}: fewer steps or taps, or more bits"
        )
    classes = len(threshold[-1])
    return Network(
        axons=axons,
        neurons=Neurons(count=first, state_bits=grid.state_bits, alpha=alpha, beta=beta, threshold=levels,
                        reset=Reset.ZERO, refractory=UNTIL_END),
        source=np.concatenate(source),
        target=np.concatenate(target),
        delay=np.concatenate(delay),
        weight=np.concatenate(weight),
        readout=Readout(kind=ReadoutKind.FIRST_SPIKE, neurons=tuple(range(first - classes, first))),
        max_steps=grid.length,
        name=name,
        labels=labels,
    )  # fmt: skip


def _weights(layer: DelGradLayer, grid: Grid) -> tuple[IntArray, IntArray]:
    """Integer weights (targets, sources) of a layer, all taps together, and the threshold of each neuron."""
    real = layer.effective_weights().double().numpy()
    scale = grid.taps * signed_range(grid.weight_bits)[1] / np.maximum(np.abs(real).max(1), 1e-9)
    threshold = np.rint(layer.neuron.level * scale * grid.kernel(layer.neuron.ratio))
    return np.rint(real * scale[:, None]).astype(np.int64), threshold.astype(np.int64)


def _delays(layer: DelGradLayer, grid: Grid, *, of_axons: bool) -> IntArray:
    """Steps (targets, sources) from a source's event to its arrival. A neuron's spike stands for half a step more."""
    shape = layer.weights.shape
    delays = layer.delays.effective().double().numpy()
    if not delays.size:
        real = np.zeros(shape)
    elif layer.delays.ahead:
        real = np.broadcast_to(delays, shape)
    else:
        # A neuron whose inputs all come later fires as much later.
        real = np.broadcast_to(delays[:, None], shape)
    steps = np.rint(real * grid.steps + (0 if of_axons else 0.5)).astype(np.int64)
    return steps if of_axons else np.maximum(steps, 1)
