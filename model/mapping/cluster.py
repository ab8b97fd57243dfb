# SPDX-License-Identifier: Apache-2.0
"""A start for the search in large networks: neurons that share sources, or hear each other, go to the same core.

Multilevel recursive bisection. Sources and neurons are the vertices of a graph; a source and its targets are a star of
weight 1. Vertices join the neighbour they are most strongly tied to, until few hundred are left; these are cut in two,
and each part again, along the second eigenvector of the Laplacian, in proportion to the cores of each half.
"""

import numpy as np
from numpy.typing import NDArray

from model.mapping.demand import FloatArray, Task
from model.network import IntArray
from support.threads import one_thread

_COARSE = 8
"""Vertices a core that the coarsest graph has, about."""
_LEAST = 256
"""Vertices of the coarsest graph at least, about."""
_ROUNDS = 40
"""Rounds of joining at most; each joins about half of the vertices that can."""


Edges = tuple[IntArray, IntArray, FloatArray]
"""Two vertices and the weight of what ties them, each of shape (edges,)."""


def clustered(task: Task, cores: int, rng: np.random.Generator) -> IntArray:
    """A placement, shape (neurons,), each core with a neuron and about the same number of synapses."""
    network, axons = task.network, task.network.axons
    count = axons + task.neurons
    if cores == 1:
        return np.zeros(task.neurons, np.int64)
    weight = np.bincount(axons + network.target, minlength=count).astype(np.float64)
    weight[axons:] += 1
    fan = np.bincount(network.source, minlength=count)
    tie = (np.sqrt(task.rate[network.source]) + 1e-9) / fan[network.source]
    edges = _merged(network.source, axons + network.target, tie, count)
    group = np.arange(count)
    wanted = max(_LEAST, _COARSE * cores)
    largest = weight.sum() / cores / _COARSE * 1.5
    for _ in range(_ROUNDS):
        if len(weight) <= wanted or not len(edges[0]):
            break
        joined = _join(edges, weight, largest, rng)
        if int(joined.max()) + 1 > 0.98 * len(weight):
            break
        group = joined[group]
        weight = np.bincount(joined, weight).astype(np.float64)
        edges = _merged(joined[edges[0]], joined[edges[1]], edges[2], len(weight))
    if len(weight) > 4 * wanted:
        # Nothing ties the rest together: in order, it is filled into as many groups as there may be.
        packed = np.minimum((np.cumsum(weight) - weight) / weight.sum() * wanted, wanted - 1).astype(np.int64)
        packed = np.unique(packed, return_inverse=True)[1]
        group, edges = packed[group], _merged(packed[edges[0]], packed[edges[1]], edges[2], wanted)
        weight = np.bincount(packed, weight).astype(np.float64)
    with one_thread():
        core = _bisected(edges, weight, cores)
    return _filled(core[group][axons:], cores)


def _merged(first: IntArray, second: IntArray, tie: FloatArray, count: int) -> Edges:
    """Edges, each pair once, the lower vertex first; none from a vertex to itself."""
    low, high = np.minimum(first, second), np.maximum(first, second)
    keep = low != high
    key = low[keep] * count + high[keep]
    order = np.argsort(key, kind="stable")
    key = key[order]
    starts = np.flatnonzero(np.diff(key, prepend=-1))
    merged = np.add.reduceat(tie[keep][order], starts) if len(starts) else np.zeros(0)
    return key[starts] // count, key[starts] % count, merged


def _join(edges: Edges, weight: FloatArray, largest: float, rng: np.random.Generator) -> IntArray:
    """The new number of each vertex: half of them, drawn at random, take in neighbours of the other half."""
    first, second, tie = edges
    count = len(weight)
    leads = rng.random(count) < 0.5
    member = np.where(leads[first], second, first)
    leader = np.where(leads[first], first, second)
    fits = (leads[first] != leads[second]) & (weight[member] + weight[leader] <= largest)
    member, leader, tie = member[fits], leader[fits], tie[fits]
    # Small vertices first, or the graph would end as one large vertex and many small ones.
    score = tie / np.sqrt((weight[leader] + 1) * (weight[member] + 1))
    order = np.lexsort((-score, member))
    member, leader, score = member[order], leader[order], score[order]
    best = np.flatnonzero(np.diff(member, prepend=-1))
    member, leader, score = member[best], leader[best], score[best]
    # A leader takes the strongest ties first, as many as it has room for.
    order = np.lexsort((-score, leader))
    member, leader = member[order], leader[order]
    total = np.cumsum(weight[member])
    starts = np.flatnonzero(np.diff(leader, prepend=-1))
    before = np.repeat((total - weight[member])[starts], np.diff(starts, append=len(leader)))
    room = weight[leader] + total - before <= largest
    into = np.arange(count)
    into[member[room]] = leader[room]
    return np.unique(into, return_inverse=True)[1]


def _bisected(edges: Edges, weight: FloatArray, cores: int) -> IntArray:
    """The core of each vertex of a small graph."""
    count = len(weight)
    ties = np.zeros((count, count))
    np.add.at(ties, (edges[0], edges[1]), edges[2])
    ties += ties.T
    core = np.zeros(count, np.int64)
    parts = [(np.arange(count), 0, cores)]
    while parts:
        members, first, here = parts.pop()
        if here == 1 or not len(members):
            core[members] = first
            continue
        left = here // 2
        order = members[_along(ties[np.ix_(members, members)])]
        share = np.cumsum(weight[order]) - weight[order] / 2
        cut = int(np.searchsorted(share, share[-1] * left / here)) if len(order) > 1 else 0
        parts += [(order[:cut], first, left), (order[cut:], first + left, here - left)]
    return core


def _along(ties: FloatArray) -> NDArray[np.intp]:
    """Vertices along the second eigenvector of the normalised Laplacian, which puts what is tied side by side."""
    degree = ties.sum(1) + 1e-12
    scale = 1 / np.sqrt(degree)
    vector = np.linalg.eigh(np.eye(len(ties)) - ties * scale[:, None] * scale)[1][:, min(1, len(ties) - 1)]
    vector = vector * scale
    # An eigenvector has no sign: the vertex with the lowest number comes first.
    return np.argsort(vector if vector[0] <= np.median(vector) else -vector, kind="stable")


def _filled(placement: IntArray, cores: int) -> IntArray:
    """The placement with a neuron on every core: empty ones take one of the fullest."""
    placement = placement.copy()
    held = np.bincount(placement, minlength=cores)
    for core in np.flatnonzero(held == 0):
        giver = int(held.argmax())
        placement[np.flatnonzero(placement == giver)[0]] = core
        held[giver] -= 1
        held[core] += 1
    return placement
