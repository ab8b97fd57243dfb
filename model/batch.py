# SPDX-License-Identifier: Apache-2.0
"""The golden core for whole data sets: the same integers by matrix products, many samples at once.

Spikes are 0 or 1 and weights are integers, so every partial sum of a product is an integer no larger than the sum of
a neuron's absolute weights. Below 2**24 single precision holds all of them exactly, below 2**53 double precision,
whatever the order of the additions.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.encoding import Raster, check_binary
from model.golden import refuse_inexact
from model.limits import LEAK_BITS
from model.network import IntArray, Network, Reset
from model.result import Result, read_out
from support.errors import InputError
from support.threads import one_thread

FloatArray = NDArray[Any]

_CHUNK_BYTES = 1 << 26
"""Memory for the spikes and arrivals of the samples that run together."""


@dataclass(frozen=True, kw_only=True)
class _Block:
    """Sources that reach only these targets, targets that only these sources reach: for each delay, one matrix."""

    sources: IntArray
    targets: IntArray
    weights: dict[int, FloatArray]
    """By delay: shape (sources, targets)."""


class GoldenBatch:
    """A network made ready for ``run``; shares nothing with GoldenCore but the read-out.

    Raises InputError for a network with sums that double precision cannot hold exactly.
    """

    def __init__(self, network: Network) -> None:
        refuse_inexact(network)
        self.network = network
        largest = np.zeros(network.neurons.count, np.int64)
        np.add.at(largest, network.target, np.abs(network.weight))
        # Counts of synaptic operations go through the same products.
        bound = max(int(largest.max()), network.synapses)
        if bound >= 1 << 53:
            raise InputError(f"network: the sum of a neuron's absolute weights must be below 2**53, not {bound}")
        self.dtype: type[Any] = np.float32 if bound < 1 << 24 else np.float64
        inner = network.source >= network.axons
        self._axon_blocks = _blocks(network, ~inner, 0, self.dtype)
        self._neuron_blocks = _blocks(network, inner, network.axons, self.dtype)

    def run(self, rasters: NDArray[Any], lost: Raster | None = None) -> Result:
        """Run samples of equal length: bool or 0/1 integers of shape (samples, steps, axons).

        The arrays of the result have a first axis of samples. ``lost``, bool of shape (samples, steps, neurons), says
        which spikes reach no synapse, as if transmission failed; they count as spikes of their neurons all the same.
        Raises InputError for another shape, for values other than 0 and 1, and for more steps than the network's
        max_steps.
        """
        network = self.network
        if rasters.ndim != 3 or rasters.shape[2] != network.axons:
            raise InputError(f"samples: expected shape (samples, steps, {network.axons}), not {rasters.shape}")
        check_binary(rasters, "samples")
        samples, steps, _ = rasters.shape
        if steps > network.max_steps:
            raise InputError(f"samples: the network is for samples of at most {network.max_steps} steps, not {steps}")
        count = network.neurons.count
        spikes = np.zeros((samples, steps, count), np.bool_)
        potential = np.zeros((samples, count), np.int64)
        total = np.zeros((samples, count), np.int64)
        operations = np.zeros(samples, np.int64)
        if lost is not None and (lost.shape != spikes.shape or lost.dtype != np.bool_):
            raise InputError(f"lost spikes: expected bool of shape {spikes.shape}, not {lost.dtype} of {lost.shape}")
        each = max(1, steps * (network.axons + 2 * count) * self.dtype().itemsize)
        size = max(1, min(512, _CHUNK_BYTES // each))
        with one_thread():
            for start in range(0, samples, size):
                part = slice(start, start + size)
                gone = None if lost is None else lost[part]
                self._run(rasters[part], spikes[part], potential[part], total[part], operations[part], lost=gone)
        return read_out(
            network,
            spikes=spikes,
            potential=potential,
            potential_sum=total,
            input_events=np.count_nonzero(rasters, axis=(1, 2)).astype(np.int64),
            synaptic_operations=operations,
        )

    def _run(
        self,
        rasters: NDArray[Any],
        spikes: Raster,
        potential: IntArray,
        total: IntArray,
        operations: IntArray,
        *,
        lost: Raster | None,
    ) -> None:
        """Fill the outputs for some samples. Arrays inside are (steps, samples, ...), so that a step is contiguous."""
        neurons = self.network.neurons
        samples, steps, _ = rasters.shape
        arrivals = np.zeros((steps, samples, neurons.count), self.dtype)
        inputs = np.ascontiguousarray(rasters.transpose(1, 0, 2)).astype(self.dtype)
        for block in self._axon_blocks:
            sources, targets = len(block.sources), len(block.targets)
            fired = inputs[:, :, block.sources].reshape(steps * samples, sources)
            _count_operations(block, fired.reshape(steps, samples, sources), operations)
            for delay, weights in block.weights.items():
                if delay < steps:
                    there = fired[: (steps - delay) * samples] @ weights
                    arrivals[delay:, :, block.targets] += there.reshape(steps - delay, samples, targets)
        history = [np.zeros((steps, samples, len(block.sources)), self.dtype) for block in self._neuron_blocks]
        current = np.zeros((samples, neurons.count), np.int64)
        to_zero = neurons.reset == Reset.ZERO
        subtracted = np.where(neurons.reset == Reset.SUBTRACT, neurons.threshold, 0)
        # The first step in which each neuron is no longer refractory, if any can be.
        awake = np.zeros((samples, neurons.count), np.int64) if neurons.refractory.any() else None
        for step in range(steps):
            for block, fired in zip(self._neuron_blocks, history, strict=True):
                inside = [(fired[step - delay], weights) for delay, weights in block.weights.items() if delay <= step]
                if inside:
                    arrivals[step][:, block.targets] += sum(past @ weights for past, weights in inside)
            current = _leak(current, neurons.beta) + arrivals[step].astype(np.int64)
            reached = _leak(potential, neurons.alpha) + current + neurons.bias
            np.clip(reached, neurons.floor, neurons.vmax, out=reached)
            spike = reached >= neurons.threshold
            if awake is not None:
                rests = step < awake
                spike &= ~rests
                np.copyto(reached, potential, where=rests)
                np.copyto(awake, step + 1 + neurons.refractory, where=spike)
            potential[:] = reached - np.where(to_zero, reached, subtracted) * spike
            total += potential
            spikes[:, step] = spike
            sent = spike if lost is None else spike & ~lost[:, step]
            for block, fired in zip(self._neuron_blocks, history, strict=True):
                fired[step] = sent[:, block.sources]
        for block, fired in zip(self._neuron_blocks, history, strict=True):
            _count_operations(block, fired, operations)


def _leak(x: IntArray, a: IntArray) -> IntArray:
    """x * a / 2**12 toward zero: a shift rounds down, so negative products are raised by all but one first."""
    product = x * a
    product += (product >> 63) & ((1 << LEAK_BITS) - 1)
    product >>= LEAK_BITS
    return product


def _count_operations(block: _Block, fired: FloatArray, operations: IntArray) -> None:
    """Add the weights that arrive within the sample; ``fired`` has shape (steps, samples, sources)."""
    steps = len(fired)
    fan_out = np.zeros((steps, len(block.sources)), fired.dtype)
    for delay, weights in block.weights.items():
        fan_out[: max(0, steps - delay)] += np.count_nonzero(weights, axis=1).astype(fired.dtype)
    for step in range(steps):
        operations += (fired[step] @ fan_out[step]).astype(np.int64)


def _blocks(network: Network, chosen: Raster, first: int, dtype: type[Any]) -> list[_Block]:
    """The connected parts of the graph from the chosen synapses' sources to their targets.

    Layers come out as separate blocks, a recurrent network as one; nothing is assumed about either.
    """
    source, target = network.source[chosen] - first, network.target[chosen]
    delay, weight = network.delay[chosen], network.weight[chosen]
    part = np.arange(len(source))
    while len(part):
        # The smallest label spreads from synapse to synapse over shared targets and sources.
        least = part
        for end in (target, source):
            label = np.full(int(end.max()) + 1, len(part))
            np.minimum.at(label, end, least)
            least = label[end]
        if np.array_equal(least, part):
            break
        part = least
    blocks = []
    for label in np.unique(part):
        mine = part == label
        sources, row = np.unique(source[mine], return_inverse=True)
        targets, column = np.unique(target[mine], return_inverse=True)
        weights = {}
        for level in np.unique(delay[mine]):
            now = delay[mine] == level
            matrix = np.zeros((len(sources), len(targets)), dtype)
            matrix[row[now], column[now]] = weight[mine][now]
            weights[int(level)] = matrix
        blocks.append(_Block(sources=sources, targets=targets, weights=weights))
    return blocks
