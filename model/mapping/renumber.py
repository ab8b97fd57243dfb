# SPDX-License-Identifier: Apache-2.0
"""Which neuron gets which hardware address, so that synapse words are full.

The row of a source and delay level takes as many synapse words as its fullest lane has synapses. Addresses decide
lanes (h mod lanes), so a good numbering spreads the targets of every row evenly. Spreading all rows at once is a
vector scheduling problem; a greedy start and a descent by swaps of two neurons come close in a second.
"""

import numpy as np
from numpy.typing import NDArray

from model.network import IntArray, Network

_CELLS = 1 << 22
"""Cells (row, neuron) that the search looks at; of a larger network it sees a sample of the rows."""
_SWEEP = 1 << 25
"""Cells that one sweep evaluates; of a larger network it tries a sample of the swaps."""
SWEEPS = 12
"""Sweeps of swaps at most."""

Counts = NDArray[np.int16]


def hardware_order(network: Network, lanes: int, seed: int = 0, *, sweeps: int = SWEEPS) -> IntArray:
    """``order[h]``: the neuron at hardware address h, shape (neurons,); the same for the same seed.

    Minimises the synapse words: the sum over rows of the most synapses that one lane has of the row. Never worse than
    the network's own order. ``sweeps`` limits the descent; 0: the greedy start alone.
    """
    return order_of_rows(row_numbers(network), network.target, network.neurons.count, lanes, seed, sweeps=sweeps)


def order_of_rows(
    row: IntArray, target: IntArray, neurons: int, lanes: int, seed: int = 0, *, sweeps: int = SWEEPS
) -> IntArray:
    """``hardware_order`` for synapses of which only ``row`` and ``target`` are given, each of shape (synapses,).

    A row may have several synapses to one neuron.
    """
    own = np.arange(neurons)
    if lanes == 1 or not len(row):
        return own
    lane = _search(_incidence(row, target, neurons, seed), lanes, np.random.default_rng(seed), sweeps)
    # Addresses of a lane ascend with the neuron, which keeps images of small networks easy to read.
    order = np.empty(neurons, np.int64)
    for number in range(lanes):
        order[number::lanes] = np.flatnonzero(lane == number)
    return min((order, own), key=lambda each: words_of_rows(row, target, each, lanes))


def row_numbers(network: Network) -> IntArray:
    """The row of each synapse, numbered from 0 by source and delay level, shape (synapses,)."""
    # Synapses are in order of source, delay, target: rows follow one another.
    new = np.ones(network.synapses, np.bool_)
    new[1:] = (np.diff(network.source) != 0) | (np.diff(network.delay) != 0)
    rows: IntArray = np.cumsum(new) - 1
    return rows


def synapse_words(network: Network, order: IntArray, lanes: int) -> int:
    """The synapse words that a numbering needs."""
    return words_of_rows(row_numbers(network), network.target, order, lanes)


def words_of_rows(row: IntArray, target: IntArray, order: IntArray, lanes: int) -> int:
    """``synapse_words`` for synapses of which only ``row`` and ``target`` are given."""
    address = np.argsort(order)
    groups, counts = np.unique(row * lanes + address[target] % lanes, return_counts=True)
    fullest = np.zeros(int(row.max(initial=-1)) + 1, np.int64)
    np.maximum.at(fullest, groups // lanes, counts)
    return int(fullest.sum())


def least_words(row: IntArray, lanes: int) -> int:
    """What no numbering gets below: as many words for each row as if its synapses could go into any lane."""
    return int((-(-np.bincount(row) // lanes)).sum()) if len(row) else 0


def _incidence(row: IntArray, target: IntArray, neurons: int, seed: int) -> Counts:
    """How often a neuron is a target of a row: shape (neurons, sampled rows)."""
    rows = int(row.max()) + 1
    sample = min(rows, max(1, _CELLS // neurons))
    chosen = np.full(rows, -1)
    chosen[np.random.default_rng(seed).permutation(rows)[:sample]] = np.arange(sample)
    cells = np.zeros((neurons, sample), np.int16)
    keep = chosen[row] >= 0
    np.add.at(cells, (target[keep], chosen[row[keep]]), 1)
    return cells


def _search(cells: Counts, lanes: int, rng: np.random.Generator, sweeps: int) -> IntArray:
    """The lane of each neuron: greedy, then swaps for as long as one helps."""
    neurons, rows = cells.shape
    lane, counts = _greedy(cells, lanes)
    tries = max(1, _SWEEP // (neurons * rows))
    for _ in range(sweeps):
        swapped = False
        for neuron in rng.permutation(neurons):
            others = np.flatnonzero(lane != lane[neuron])
            if len(others) > tries:
                others = rng.choice(others, tries, replace=False)
            if not len(others):
                continue
            words = _words_after_swap(cells, counts, lane, neuron, others)
            best = int(np.argmin(words))
            if words[best] < counts.max(0).sum(dtype=np.int64):
                partner = others[best]
                change = cells[partner] - cells[neuron]
                counts[lane[neuron]] += change
                counts[lane[partner]] -= change
                lane[neuron], lane[partner] = lane[partner], lane[neuron]
                swapped = True
        if not swapped:
            break
    return lane


def _greedy(cells: Counts, lanes: int) -> tuple[IntArray, Counts]:
    """Neurons with many rows first, each into the lane with room where it makes the fewest rows longer.

    Returns the lane of each neuron and the synapses of each (lane, row).
    """
    neurons, rows = cells.shape
    # Hardware addresses have no gaps, which fixes how many neurons a lane has.
    room = (neurons - np.arange(lanes) + lanes - 1) // lanes
    lane = np.empty(neurons, np.int64)
    counts = np.zeros((lanes, rows), np.int16)
    for neuron in np.argsort(-cells.sum(1, dtype=np.int64), kind="stable"):
        targeted = np.flatnonzero(cells[neuron])
        here = counts[:, targeted]
        longer = (here == here.max(0)).sum(1)
        # Ties are broken by the lane with fewer synapses, which keeps room for later.
        cost = longer * (1 << 20) + here.sum(1, dtype=np.int64)
        cost[room == 0] = np.iinfo(np.int64).max
        chosen = int(np.argmin(cost))
        lane[neuron] = chosen
        room[chosen] -= 1
        counts[chosen] += cells[neuron]
    return lane, counts


def _words_after_swap(cells: Counts, counts: Counts, lane: IntArray, neuron: int, others: IntArray) -> IntArray:
    """The words of all sampled rows after swapping ``neuron`` with each of ``others``, shape (others,)."""
    mine = lane[neuron]
    rest = counts.copy()
    rest[mine] = 0
    # Of each lane: the fullest of all lanes but it and mine, as the running maximum from both sides.
    none = np.zeros((1, counts.shape[1]), np.int16)
    below = np.concatenate([none, np.maximum.accumulate(rest[:-1])])
    above = np.concatenate([np.maximum.accumulate(rest[:0:-1])[::-1], none])
    fullest = np.maximum(below, above)
    change = cells[others] - cells[neuron]
    partner = lane[others]
    after = np.maximum(counts[mine] + change, counts[partner] - change)
    return np.maximum(after, fullest[partner]).sum(1, dtype=np.int64)
