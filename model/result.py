# SPDX-License-Identifier: Apache-2.0
"""What a sample leaves behind: spikes, the read-outs of every neuron, and the class."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.encoding import Raster
from model.network import IntArray, Network, ReadoutKind


@dataclass(frozen=True, kw_only=True)
class Result:
    """One sample, or many of equal length: then every array has a first axis of samples in front."""

    spikes: Raster
    """Whether each neuron spiked in each step, shape (steps, neurons)."""
    potential: IntArray
    """Potential after the last step, after its reset, shape (neurons,)."""
    potential_sum: IntArray
    """Sum over steps of the potential after reset, shape (neurons,)."""
    spike_count: IntArray
    """Spikes of each neuron, shape (neurons,)."""
    first_spike: IntArray
    """Step of the first spike of each neuron, ``steps`` if there is none, shape (neurons,)."""
    predicted: IntArray
    """The class: index into the read-out's neurons, shape (); -1 if the read-out names no neuron."""
    events: IntArray
    """Input events and spikes, shape ()."""
    synaptic_operations: IntArray
    """Weights that arrived within the sample, shape ()."""


def read_out(
    network: Network,
    *,
    spikes: Raster,
    potential: IntArray,
    potential_sum: IntArray,
    input_events: Any,
    synaptic_operations: Any,
) -> Result:
    """The result that follows from spikes and potentials; shapes as in Result, with or without a first axis."""
    steps = spikes.shape[-2]
    count = spikes.sum(-2, dtype=np.int64)
    first = np.where(count > 0, spikes.argmax(-2) if steps else 0, steps)
    values = _compared(network, potential, potential_sum, count, first)
    classes = values[..., list(network.readout.neurons)]
    predicted = classes.argmax(-1) if network.readout.neurons else np.full(values.shape[:-1], -1)
    return Result(
        spikes=spikes,
        potential=potential,
        potential_sum=potential_sum,
        spike_count=count,
        first_spike=first,
        predicted=np.asarray(predicted, np.int64),
        events=np.asarray(input_events + count.sum(-1), np.int64),
        synaptic_operations=np.asarray(synaptic_operations, np.int64),
    )


def scores(network: Network, result: Result) -> IntArray:
    """What is compared of each class, the largest wins: shape (classes,), with a first axis of samples if there is one.

    Of a read-out by the first spike, its step, negated.
    """
    values = _compared(network, result.potential, result.potential_sum, result.spike_count, result.first_spike)
    return np.asarray(values[..., list(network.readout.neurons)])


def _compared(network: Network, potential: Any, potential_sum: Any, count: Any, first: Any) -> NDArray[np.int64]:
    values: NDArray[np.int64] = {
        ReadoutKind.LAST_POTENTIAL: potential,
        ReadoutKind.POTENTIAL_SUM: potential_sum,
        ReadoutKind.SPIKE_COUNT: count,
        # The earliest spike wins.
        ReadoutKind.FIRST_SPIKE: -first,
    }[network.readout.kind]
    return values
