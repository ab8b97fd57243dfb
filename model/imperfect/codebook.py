# SPDX-License-Identifier: Apache-2.0
"""The codebook of our neurocore: 16 signed entries a core, filled so that weights change as little as possible.

Weights are numbers on a line, so the best levels split them, in order, into runs: dynamic programming finds them
exactly (Wang and Song, 2011), in a few milliseconds for the 255 weights of 8 bits that there can be.
"""

from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.limits import CODEBOOK_BITS
from model.network import Network
from support.errors import InputError

ENTRIES = 1 << CODEBOOK_BITS.high


def best_levels(values: Any, counts: Any, levels: int) -> NDArray[np.float64]:
    """Up to ``levels`` numbers with the least squared distance of the values to the nearest one; ascending.

    ``values``: distinct, ascending; ``counts``: how often there is each.
    """
    x, n = np.asarray(values, np.float64), np.asarray(counts, np.float64)
    if len(x) <= levels:
        return x
    count, total, square = (np.concatenate([[0.0], np.cumsum(each)]) for each in (n, n * x, n * x * x))
    # cost[i, j]: squared error of one level for the values i to j - 1.
    i, j = np.arange(len(x))[:, None], np.arange(1, len(x) + 1)[None]
    held = np.maximum(count[j] - count[i], 1)
    cost = np.where(j > i, square[j] - square[i] - (total[j] - total[i]) ** 2 / held, np.inf)
    least, cuts = cost[0], []
    for _ in range(levels - 1):
        # The last level begins at value i >= 1; those before it take the values up to i - 1.
        tried = least[:-1, None] + cost[1:]
        at = tried.argmin(0)
        cuts.append(at + 1)
        least = tried[at, np.arange(len(x))]
    edges, end = [len(x)], len(x)
    for cut in reversed(cuts):
        end = int(cut[end - 1])
        edges.append(end)
    edges = [0, *reversed(edges)]
    return np.array([(total[b] - total[a]) / (count[b] - count[a]) for a, b in pairwise(edges)])


def with_codebook(network: Network, entries: int = ENTRIES) -> Network:
    """The network with weights of at most ``entries`` values, one of them 0: the nearest, in the square, to its own.

    It then compiles with a codebook (``fit(..., codebook=True)``); the 0 is what stands in empty entries of synapse
    words. Synapses whose weight becomes 0 are gone. Raises InputError for entries outside of 2..16.
    """
    if not 1 < entries <= ENTRIES:
        raise InputError(f"codebook: entries must be in 2..{ENTRIES}, not {entries}")
    values, counts = np.unique(network.weight, return_counts=True)
    if len(values) < entries:
        return network
    coded = nearest(best_table(values, counts, entries), values)
    return _with_weights(network, coded[np.searchsorted(values, network.weight)])


def best_table(values: Any, counts: Any, entries: int = ENTRIES) -> NDArray[np.int64]:
    """The up to ``entries`` integers, 0 among them, with the least squared distance of the values to the nearest.

    ``values``: distinct, ascending; ``counts``: how often there is each. Ascending.
    """
    values, counts = np.asarray(values), np.asarray(counts)
    below, above = values < 0, values > 0
    choices = []
    for negative in range(entries):
        levels = np.concatenate([
            best_levels(values[side], counts[side], most) if most else np.zeros(0)
            for side, most in ((below, negative), (above, entries - 1 - negative))
        ])  # fmt: skip
        table = np.unique(np.append(np.rint(levels), 0)).astype(np.int64)
        choices.append((float((counts * np.square(nearest(table, values) - values)).sum()), table))
    return min(choices, key=lambda each: each[0])[1]


def nearest(table: NDArray[np.int64], values: Any) -> NDArray[np.int64]:
    """Each value as the nearest of an ascending table."""
    return np.asarray(table[np.searchsorted((table[1:] + table[:-1]) / 2, values)])


def _with_weights(network: Network, weight: NDArray[np.int64]) -> Network:
    kept = weight != 0
    arrays = {name: getattr(network, name)[kept] for name in ("source", "target", "delay")}
    return replace(network, weight=weight[kept], **arrays)
