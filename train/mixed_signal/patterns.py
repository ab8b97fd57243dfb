# SPDX-License-Identifier: Apache-2.0
"""Patterns of the frozen-noise task: Poisson rasters that are drawn once, one's own from a file, and changed ones.

A raster is bool, (patterns, steps, channels); rates are per second, times in steps.
"""

import io
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from support.errors import InputError
from support.files import read_bytes

Rasters = NDArray[np.bool_]


def poisson(shape: tuple[int, int, int], *, rate: float, dt: float, seed: int) -> Rasters:
    """Rasters of this shape of spikes that come by chance, ``rate`` a second, at most one a step of ``dt`` seconds."""
    chance = -np.expm1(-rate * dt)
    return np.random.default_rng(seed).random(shape) < chance


def load_patterns(path: Path, *, apart: bool = True) -> Rasters:
    """Patterns from a file .npy: (patterns, steps, channels), 0 or 1.

    ``apart``: they are to be told apart, so there are at least two, and none is without a spike.

    Raises InputError, with the file's name, for anything else.
    """
    data = read_bytes(path, "patterns")
    try:
        found = np.load(io.BytesIO(data), allow_pickle=False)
    except ValueError:
        raise InputError(f"{path}: no array of numpy (.npy)") from None
    if not isinstance(found, np.ndarray) or found.ndim != 3 or found.dtype.kind not in "biu":
        what = f"{found.dtype} {found.shape}" if isinstance(found, np.ndarray) else "several arrays"
        raise InputError(f"{path}: expected 0 and 1 of shape (patterns, steps, channels), not {what}")
    if found.size and (found.min() < 0 or found.max() > 1):
        wrong = int(found.max() if found.max() > 1 else found.min())
        raise InputError(f"{path}: a channel spikes at most once a step: expected 0 and 1, not {wrong}")
    if not apart:
        return found.astype(np.bool_)
    if len(found) < 2:
        raise InputError(f"{path}: expected at least 2 patterns to tell apart, not {len(found)}")
    silent = np.flatnonzero(~found.astype(np.bool_).any((1, 2)))
    if len(silent):
        raise InputError(f"{path}: pattern {silent[0]} has no spike")
    return found.astype(np.bool_)


def shifted(rasters: Rasters, steps: int) -> Rasters:
    """All later by so many steps; what would come after the last step comes at the beginning."""
    return np.roll(rasters, steps, axis=1)


def jittered(rasters: Rasters, steps: float, seed: int) -> Rasters:
    """Each spike moved by a normal number of steps of this standard deviation; spikes that meet are one."""
    found = np.zeros_like(rasters)
    pattern, step, channel = np.nonzero(rasters)
    moved = np.rint(step + steps * np.random.default_rng(seed).standard_normal(len(step))).astype(np.int64)
    found[pattern, np.clip(moved, 0, rasters.shape[1] - 1), channel] = True
    return found


def thinned(rasters: Rasters, share: float, seed: int) -> Rasters:
    """Without a share (0 to 1) of the spikes, each of which is lost by chance."""
    return np.asarray(rasters & (np.random.default_rng(seed).random(rasters.shape) >= share))


def target(patterns: int, steps: int, every: int) -> NDArray[Any]:
    """What neurons are to do, (steps, 1, patterns, neurons): neuron k spikes in every so many steps of pattern k."""
    found = np.zeros((steps, 1, patterns, patterns))
    for k in range(patterns):
        found[every - 1 :: every, 0, k, k] = 1
    return found
