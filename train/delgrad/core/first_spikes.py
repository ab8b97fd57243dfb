# SPDX-License-Identifier: Apache-2.0
"""The golden model of networks in which every neuron fires once a sample, in machine code: only first spikes count.

The contract's integers as ``model.golden`` has them, and the same spikes, neuron by neuron instead of step by step: a
neuron is followed until it fires. That is what training with a core in the loop needs thousands of times.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from model.golden import refuse_inexact
from model.limits import LEAK_BITS
from model.network import UNTIL_END, Network
from support.errors import InputError

Raster = NDArray[np.bool_]


def first_spikes(network: Network, events: Raster) -> Raster:
    """Spikes (samples, steps, neurons) of a network for events (samples, steps, axons), at most one an axon and sample.

    Raises InputError for a network whose neurons may fire twice, or are not numbered from the axons on, and for an
    axon that fires twice.
    """
    refuse_inexact(network)
    neurons, axons = network.neurons, network.axons
    if (neurons.refractory < UNTIL_END).any():
        raise InputError("first spikes: every neuron must be refractory until the end of sample")
    if (network.source - axons >= network.target).any():
        raise InputError("first spikes: every neuron must come after those that it listens to")
    if (events.sum(1) > 1).any():
        raise InputError("first spikes: an axon must not fire twice in a sample")
    samples, steps, _ = events.shape
    # Numbers of steps, and ``steps`` for those that do not fire.
    times = np.full((samples, axons + neurons.count), steps, np.int64)
    sample, step, axon = np.nonzero(events)
    times[sample, axon] = step
    order = np.argsort(network.target, kind="stable")
    begin = np.searchsorted(network.target[order], np.arange(neurons.count + 1))
    _run(
        times, begin, network.source[order], network.delay[order], network.weight[order], axons, steps,
        neurons.alpha, neurons.beta, neurons.bias, neurons.threshold, neurons.floor, neurons.vmax,
    )  # fmt: skip
    spikes = np.zeros((samples, steps + 1, neurons.count), np.bool_)
    np.put_along_axis(spikes, times[:, None, axons:], True, 1)
    return spikes[:, :steps]


@njit(cache=True, nogil=True, error_model="numpy")
def _leak(x, a):  # type: ignore[no-untyped-def]
    """x * a / 2**12 toward zero."""
    product = x * a
    return product >> LEAK_BITS if product >= 0 else -(-product >> LEAK_BITS)


@njit(cache=True, nogil=True, error_model="numpy")
def _run(  # type: ignore[no-untyped-def]  # noqa: PLR0917
    times, begin, source, delay, weight, axons, steps, alpha, beta, bias, threshold, floor, top
):
    arrivals = np.zeros(steps, np.int64)
    for sample in times:
        for n in range(len(alpha)):
            arrivals[:] = 0
            first = 0 if bias[n] or threshold[n] <= 0 or floor[n] > 0 else steps
            for k in range(begin[n], begin[n + 1]):
                at = sample[source[k]] + delay[k]
                if at < steps:
                    arrivals[at] += weight[k]
                    first = min(first, at)
            current = potential = 0
            for step in range(first, steps):
                current = _leak(current, beta[n]) + arrivals[step]
                potential = min(max(_leak(potential, alpha[n]) + current + bias[n], floor[n]), top)
                if potential >= threshold[n]:
                    sample[axons + n] = step
                    break
