# SPDX-License-Identifier: Apache-2.0
"""The order of the cores on the ring: tokens go one way, so who comes after whom decides how far they go."""

import numpy as np
from numpy.typing import NDArray

from model.mapping.demand import FloatArray, Task
from model.network import IntArray

_PATTERNS = 4096
"""Different (sender, set of listeners) that the search looks at: those with most spikes."""
_TRIES = 3000
"""Exchanges that are tried at most."""


def best_order(task: Task, placement: IntArray, cores: int, nodes: int, rng: np.random.Generator) -> IntArray:
    """The placement with the cores renumbered for less traffic: exchanges of two cores while one helps."""
    if cores < 2:
        return placement
    senders, listeners, rate = _patterns(task, placement, cores)
    if not len(senders):
        return placement
    place = np.arange(cores)
    cost = _traffic(senders, listeners, rate, place, nodes)
    pairs = [(first, second) for first in range(cores) for second in range(first)]
    tried = 0
    improved = True
    while improved and tried < _TRIES:
        improved = False
        for number in rng.permutation(len(pairs)).tolist():
            first, second = pairs[number]
            place[[first, second]] = place[[second, first]]
            now = _traffic(senders, listeners, rate, place, nodes)
            tried += 1
            if now < cost - 1e-9:
                cost, improved = now, True
            else:
                place[[first, second]] = place[[second, first]]
            if tried >= _TRIES:
                break
    placed: IntArray = place[placement]
    return placed


def _patterns(task: Task, placement: IntArray, cores: int) -> tuple[IntArray, NDArray[np.bool_], FloatArray]:
    """Senders, the cores that listen to them, and the spikes of the neurons of each such pattern."""
    network, axons = task.network, task.network.axons
    inner = network.source >= axons
    heard = np.unique((network.source[inner] - axons) * cores + placement[network.target[inner]])
    neuron, core = np.divmod(heard, cores)
    away = placement[neuron] != core
    bits = np.zeros(task.neurons, np.uint64)
    np.bitwise_or.at(bits, neuron[away], np.uint64(1) << core[away].astype(np.uint64))
    sends = np.flatnonzero(bits)
    keys, of = np.unique(np.stack([placement[sends].astype(np.uint64), bits[sends]]), axis=1, return_inverse=True)
    rate: FloatArray = np.bincount(of.ravel(), task.rate[axons + sends], keys.shape[1]).astype(np.float64)
    most = np.argsort(-rate, kind="stable")[:_PATTERNS]
    listens = (keys[1, most, None] >> np.arange(cores, dtype=np.uint64)) & np.uint64(1) > 0
    return keys[0, most].astype(np.int64), listens, rate[most]


def _traffic(senders: IntArray, listeners: NDArray[np.bool_], rate: FloatArray, place: IntArray, nodes: int) -> float:
    away = (place - place[senders][:, None]) % nodes
    return float(np.where(listeners, away, 0).max(1) @ rate)
