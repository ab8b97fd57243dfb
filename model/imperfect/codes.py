# SPDX-License-Identifier: Apache-2.0
"""Weights of 4 bits as a core of DYNAP-SE2 holds them: four base currents, and which of them each synapse adds up.

A weight is a sign and a sum of some of a core's four positive base currents: 16 levels, of which the smallest is 0.
``subset_sum`` finds the base currents by alternating least squares from many starts at once: given base currents, the
best mask of a weight is the level next to it; given masks, the best base currents solve 4 linear equations. Weights are
sorted once, so a round costs a few sums of prefixes, however many weights there are.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.imperfect.codebook import best_levels

FloatArray = NDArray[np.float64]
BITS = 4
MASKS: FloatArray = ((np.arange(1 << BITS)[:, None] >> np.arange(BITS)) & 1).astype(np.float64)
"""Of each code, which base currents it adds up, (16, 4)."""
STARTS = 64
ROUNDS = 30
FINE = 2048
"""Sizes of weights that are told apart in clustering."""
HOPS = 1
"""Times that the best sets are changed in a few base currents, and settle again."""
RIDGE = 1e-12
"""Keeps equations solvable where a base current is in no weight."""


@dataclass(frozen=True, kw_only=True)
class Code:
    """Weights in codes."""

    base: FloatArray
    """The base currents, (4,), ascending, at least 0, in units of the weights."""
    code: NDArray[np.int64]
    """0 to 15 of each weight: bit k adds base current k."""
    sign: NDArray[np.int64]
    """1 or -1 of each weight, 0 of one that is 0."""

    @property
    def weights(self) -> FloatArray:
        """The weights that the codes stand for."""
        return np.asarray(self.sign * (MASKS @ self.base)[self.code])

    def error(self, weights: FloatArray) -> float:
        """Mean squared error of the weights."""
        return float(np.square(self.weights - weights).mean()) if weights.size else 0.0


def coded(weights: Any, base: Any) -> Code:
    """Each weight as the nearest level of some base currents, under its own sign."""
    weights = np.asarray(weights, np.float64)
    base = np.sort(np.asarray(base, np.float64))
    levels = MASKS @ base
    order = np.argsort(levels, kind="stable")
    middles = (levels[order][1:] + levels[order][:-1]) / 2
    code = order[np.searchsorted(middles, np.abs(weights))]
    return Code(base=base, code=code, sign=np.sign(weights).astype(np.int64))


def subset_sum(weights: Any, *, starts: int = STARTS, rounds: int = ROUNDS, seed: int = 0) -> Code:
    """Codes of weights (of any shape) with base currents that come close to the least mean squared error.

    ``starts``: sets of base currents that are begun with, drawn by ``seed`` besides 1, 2, 4, 8 and quantiles. Equal
    arguments give equal codes. Weights of 0 have no synapse and count for nothing.
    """
    weights = np.asarray(weights, np.float64)
    sizes = np.sort(np.abs(weights[weights != 0]))
    if not sizes.size:
        return coded(weights, np.zeros(BITS))
    top = sizes[-1]
    sizes = sizes / top
    sums = np.concatenate([[0.0], np.cumsum(sizes)])
    rng = np.random.default_rng(seed)
    base, loss = _settled(_starts(sizes, starts, rng), sizes, sums, rounds)
    for _ in range(HOPS):
        # From the best, one or two base currents elsewhere.
        best = base[np.argsort(loss)[: max(1, starts // 4)]]
        moved = np.repeat(best, 4, axis=0)
        for column in rng.integers(0, BITS, (2, len(moved))):
            moved[np.arange(len(moved)), column] = rng.uniform(0, 1, len(moved)) * rng.uniform(0, 1, len(moved))
        hopped, found = _settled(moved, sizes, sums, rounds)
        base, loss = np.concatenate([best, hopped]), np.concatenate([np.sort(loss)[: len(best)], found])
    return coded(weights, base[loss.argmin()] * top)


def _settled(base: FloatArray, sizes: FloatArray, sums: FloatArray, rounds: int) -> tuple[FloatArray, FloatArray]:
    """Base currents, (starts, 4), after rounds until none moves, and their squared error up to a constant."""
    best, least = base.copy(), np.full(len(base), np.inf)
    for _ in range(rounds):
        moved, loss = _round(base, sizes, sums)
        better = loss < least
        best[better], least[better] = base[better], loss[better]
        if np.abs(moved - base).max() < 1e-9:
            break
        base = moved
    return best, least


def _starts(sizes: FloatArray, count: int, rng: np.random.Generator) -> FloatArray:
    """Base currents to begin with, (count, 4), relative to the largest size."""
    fixed = [np.array([1, 2, 4, 8]) * each / 15 for each in (1.0, 0.8, 0.6)]
    fixed += [np.quantile(sizes, q) * np.array([0.5, 1, 2, 3]) / 3 for q in (0.5, 0.9)]
    # Some nearly equal, some very different.
    drawn = np.concatenate([rng.dirichlet(np.full(BITS, spread), count) for spread in (1.0, 0.4)])
    drawn = np.sort(drawn * rng.uniform(0.5, 1.1, (len(drawn), 1)), axis=1)[rng.permutation(len(drawn))]
    return np.asarray(np.concatenate([fixed, drawn])[: max(count, 1)])


def _round(base: FloatArray, sizes: FloatArray, sums: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Base currents after a round of each start, (starts, 4), and the squared error before it, up to a constant."""
    levels = base @ MASKS.T
    order = np.argsort(levels, axis=1, kind="stable")
    levels = np.take_along_axis(levels, order, 1)
    cut = np.searchsorted(sizes, ((levels[:, 1:] + levels[:, :-1]) / 2).ravel()).reshape(len(base), -1)
    edges = np.concatenate([np.zeros((len(base), 1), np.int64), cut, np.full((len(base), 1), len(sizes))], axis=1)
    count, total = np.diff(edges, axis=1), np.diff(sums[edges], axis=1)
    loss = (count * levels * levels - 2 * levels * total).sum(1)
    masks = MASKS[order]
    left = np.einsum("slj,sl,slk->sjk", masks, count.astype(np.float64), masks, optimize=True) + RIDGE * np.eye(BITS)
    right = np.einsum("slj,sl->sj", masks, total) + RIDGE * base
    return np.maximum(np.linalg.solve(left, right[..., None])[..., 0], 0.0), loss


def uniform(weights: Any) -> FloatArray:
    """Weights of 16 levels a sign that are equally far apart, with the step that errs least: for comparison."""
    weights = np.asarray(weights, np.float64)
    top = np.abs(weights).max(initial=0.0)
    if top == 0:
        return weights
    tried = [
        np.sign(weights) * np.clip(np.rint(np.abs(weights) / step), 0, 15) * step
        for step in top / 15 * np.linspace(0.4, 1.0, 61)
    ]
    return min(tried, key=lambda each: float(np.square(each - weights).sum()))


def k_means(weights: Any, levels: int = 16) -> FloatArray:
    """Sizes clustered around free levels, with the least squared error there is: no code of so many levels has less."""
    weights = np.asarray(weights, np.float64)
    values, counts = np.unique(np.abs(weights), return_counts=True)
    if len(values) > FINE:
        # So many that their places on a fine grid stand for them.
        step = values[-1] / FINE
        values, counts = np.unique(np.rint(np.abs(weights) / step) * step, return_counts=True)
    found = best_levels(values, counts, levels)
    middles = (found[1:] + found[:-1]) / 2
    return np.asarray(np.sign(weights) * found[np.searchsorted(middles, np.abs(weights))])
