# SPDX-License-Identifier: Apache-2.0
"""Recordings as a network takes them: the one way to their rasters, for training, golden model and simulation."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from data.shd.reader import Recordings
from model.encoding import Encoded, Encoding, encode_counted
from support.errors import InputError


def open_some(path: Path, count: int | None = None) -> Recordings:
    """The first ``count`` recordings of a file (None: all). Raises InputError for a file with fewer, or with none."""
    recordings = Recordings.open(path)
    if not len(recordings):
        raise InputError(f"{path}: no recordings, expected at least one")
    return recordings if count is None else recordings.take(count)


def encoded(path: Path, samples: Iterable[tuple[ArrayLike, ArrayLike]], encoding: Encoding) -> Iterator[Encoded]:
    """Recordings of a file, from its first one on; InputError, with file, recording and value, for a wrong one."""
    for i, (times, units) in enumerate(samples):
        yield encode_counted(times, units, encoding, where=f"{path}: recording {i}")


def raster_shape(path: Path, count: int, encoding: Encoding) -> tuple[int, int, int]:
    """(samples, total steps, axons) of the rasters of ``count`` recordings, a byte each.

    Raises InputError if this machine has not the memory for them.
    """
    shape = count, encoding.total_steps, encoding.axons
    needed, there = count * encoding.total_steps * encoding.axons, _memory()
    if needed > there:
        raise InputError(
            f"{path}: {shape[0]} recordings of {shape[1]} steps and {shape[2]} axons take {needed / 1e9:,.0f} GB of "
            f"memory, expected at most the {there / 1e9:,.0f} GB of this machine: take fewer"
        )
    return shape


def class_places(path: Path, keys: tuple[str, ...], names: tuple[str, ...], classes: int) -> NDArray[np.int64]:
    """For each label of a file, the place of its class in a read-out of ``classes`` neurons.

    By name if the network has ``names``, else the label itself. Raises InputError for classes that the network does not
    know.
    """
    if not names:
        if len(keys) > classes:
            raise InputError(f"{path}: {len(keys)} classes, the network has {classes}")
        return np.arange(len(keys))
    for key in keys:
        if key not in names:
            raise InputError(f"{path}: class {key!r} is none of the network's: {', '.join(names)}")
    return np.array([names.index(key) for key in keys], np.int64)


def _memory() -> int:
    """Bytes of memory of this machine."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
