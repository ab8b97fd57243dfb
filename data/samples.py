# SPDX-License-Identifier: Apache-2.0
"""Samples as a network takes them: the one way to their rasters, for training, golden model and simulation.

A file holds recordings of (time, unit) spikes, which the network's encoding turns into events (``data.shd.reader``), or
says step by step which axon gets an event (``data.rasters``).
"""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from data.rasters.rasters import Rasters
from data.rasters.reader import is_raster, read_rasters
from data.shd.reader import Recordings
from model.encoding import Encoded, Encoding, encode_counted
from model.network import Network
from support.errors import InputError

Source = Recordings | Rasters
"""The samples of a file."""


def open_some(path: Path, count: int | None = None) -> Source:
    """The first ``count`` samples of a file (None: all). Raises InputError for a file with fewer, or with none."""
    samples: Source = read_rasters(path) if is_raster(path) else Recordings.open(path)
    if not len(samples):
        raise InputError(f"{path}: no recordings, expected at least one")
    return samples if count is None else samples.take(count)


def encoded(path: Path, samples: Iterable[tuple[ArrayLike, ArrayLike]], encoding: Encoding) -> Iterator[Encoded]:
    """Recordings of a file, from its first one on; InputError, with file, recording and value, for a wrong one."""
    for i, (times, units) in enumerate(samples):
        yield encode_counted(times, units, encoding, where=f"{path}: recording {i}")


def steps_of(samples: Source, network: Network) -> int:
    """Steps of each sample when a network plays them.

    As many as its encoding says; without one those of the samples, which then have to be given step by step.
    Raises InputError for a network that cannot play them.
    """
    encoding, name = network.encoding, f"network {network.name!r}"
    if isinstance(samples, Rasters):
        most = encoding.steps if encoding else network.max_steps
        samples.check(axons=network.axons, steps=most, what=name)
        last = encoding.total_steps if encoding else network.max_steps
        if samples.least_steps > last:
            raise InputError(f"{samples.path}: {samples.least_steps} steps, {name} takes {last}")
        return last if encoding else samples.least_steps
    if encoding is None:
        raise InputError(
            f"{name} says nothing about the encoding of its input: it cannot play recordings, only samples given step "
            "by step (.npz, .npy, .csv)"
        )
    return encoding.total_steps


def as_played(samples: Source, network: Network) -> Iterator[Encoded]:
    """The events of each sample for a network, shape (``steps_of``, axons). Errors as ``encoded`` and ``steps_of``."""
    steps = steps_of(samples, network)
    if isinstance(samples, Rasters):
        for raster in samples.rasters(steps, network.axons):
            yield Encoded(raster, 0, 0)
    elif network.encoding is not None:
        yield from encoded(samples.path, samples, network.encoding)


def raster_shape(path: Path, count: int, steps: int, axons: int) -> tuple[int, int, int]:
    """(samples, total steps, axons) of the rasters of ``count`` samples, a byte each.

    Raises InputError if this machine has not the memory for them.
    """
    shape = count, steps, axons
    needed, there = count * steps * axons, _memory()
    if needed > there:
        raise InputError(
            f"{path}: {shape[0]} recordings of {shape[1]} steps and {shape[2]} axons take {needed / 1e9:,.0f} GB of "
            f"memory, expected at most the {there / 1e9:,.0f} GB of this machine: take fewer"
        )
    return shape


def classes_of(samples: Source, names: tuple[str, ...], classes: int) -> NDArray[np.int64]:
    """The place of each sample's class in a read-out of ``classes`` neurons with ``names``; -1: it has no label.

    Labels that are names go by name, numbers are places. Raises InputError for classes that the network does not know.
    """
    if samples.keys:
        return class_places(samples.path, samples.keys, names, classes)[samples.labels]
    bad = np.flatnonzero(samples.labels >= classes)
    if len(bad):
        raise InputError(
            f"{samples.path}: sample {bad[0]}: label {samples.labels[bad[0]]}, the network has {classes} classes"
        )
    return samples.labels


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
