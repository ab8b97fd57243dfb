# SPDX-License-Identifier: Apache-2.0
"""How far values can go in a network, proven from its weights and delays; compiler and host size and refuse by it."""

import numpy as np
from numpy.typing import NDArray

from model.limits import LEAK_BITS, LEAK_ONE, signed_range
from model.network import UNTIL_END, IntArray, Network


def arrival_bounds(network: Network) -> tuple[IntArray, IntArray]:
    """The most negative and most positive sum of weights that can arrive at each neuron in one step, shape (neurons,).

    A source fires at most once a step, so a synapse delivers at most once a step; every partial sum, in whatever
    order, lies between the sum of the negative and the sum of the positive weights.
    """
    return sums_of_weights(network.target, network.weight, network.neurons.count)


def sums_of_weights(target: IntArray, weight: IntArray, neurons: int) -> tuple[IntArray, IntArray]:
    """The sum of the negative and that of the positive weights into each neuron, shape (neurons,).

    Their absolute values add up to less than 2**53.
    """
    low, high = (np.bincount(target, part, neurons) for part in (np.minimum(weight, 0), np.maximum(weight, 0)))
    return low.astype(np.int64), high.astype(np.int64)


def current_bounds(network: Network) -> tuple[IntArray, IntArray]:
    """The smallest and largest current I that each neuron can reach, shape (neurons,).

    With arrivals of at most A, I climbs from 0 to the least B with B = floor(B * beta / 2**12) + A and no further,
    because the leak is monotonic. That is the least B with ceil(B * (2**12 - beta) / 2**12) >= A, which is
    floor((A - 1) * 2**12 / (2**12 - beta)) + 1 for A > 0. Without leak (beta = 2**12) the bound is A * max_steps.
    The leak truncates toward zero, so the bound below is that of the mirrored network.
    """
    low, high = arrival_bounds(network)
    beta, steps = network.neurons.beta, network.max_steps
    return -largest_current(-low, beta, steps), largest_current(high, beta, steps)


def largest_current(arrivals: IntArray, beta: IntArray, max_steps: int) -> IntArray:
    """The largest current, by the largest sum of arrivals in a step and the leak of each neuron, shape (neurons,)."""
    loss = LEAK_ONE - beta
    with_leak = ((arrivals - 1) << LEAK_BITS) // np.maximum(loss, 1) + 1
    bound = np.where(loss == 0, arrivals * max_steps, with_leak)
    return np.where(arrivals > 0, bound, 0)


def refractory_bits(network: Network) -> int:
    """Least bits that hold every refractory period of a network: all ones mean until the end of sample."""
    period = network.neurons.refractory
    finite = int(period[period < UNTIL_END].max(initial=0))
    return (finite + 1).bit_length() if finite else int(period.any())


def farthest(bits: int, bounds: tuple[IntArray, IntArray]) -> tuple[int, int] | None:
    """Of bounds, each of shape (n,), the one farthest beyond a signed number of ``bits``: its place and its value.

    None if all are within.
    """
    low, high = signed_range(bits)
    below, above = low - bounds[0], bounds[1] - high
    if not len(below) or max(below.max(), above.max()) <= 0:
        return None
    bottom, top = int(below.argmax()), int(above.argmax())
    if below[bottom] > above[top]:
        return bottom, int(bounds[0][bottom])
    return top, int(bounds[1][top])


def signed_bits(low: int, high: int) -> int:
    """Bits of a signed number that holds every value from ``low`` to ``high``, at least 1."""
    return max((~low if low < 0 else low).bit_length(), (~high if high < 0 else high).bit_length()) + 1


def accumulator_bits(network: Network) -> int:
    """Bits of a signed accumulator that no sum of arrivals can overflow, at least 2."""
    low, high = arrival_bounds(network)
    return max(2, signed_bits(int(low.min()), int(high.max())))


def rows(network: Network) -> tuple[IntArray, IntArray]:
    """Source and delay level of each row, shape (rows,), by source, then level: the pairs that have a synapse."""
    pairs = network.source * (1 << 32) + network.level
    unique = np.unique(pairs)
    return unique >> 32, unique & ((1 << 32) - 1)


def worst_case_capacity(network: Network) -> int:
    """Entries with which no event queue can overflow: the sum over sources of their highest delay level.

    In a step a source fires at most once, and its event is in the queue at the end of as many steps as its highest
    delay level says.
    """
    highest = np.zeros(network.axons + network.neurons.count, np.int64)
    np.maximum.at(highest, network.source, network.level)
    return int(highest.sum())


def histories(delayed: NDArray[np.intp]) -> int:
    """Sources from the first to the last that has a delay level above 0; ``delayed``: their addresses in the build."""
    return int(delayed.max() - delayed.min() + 1) if len(delayed) else 0
