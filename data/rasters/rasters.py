# SPDX-License-Identifier: Apache-2.0
"""Samples given step by step, as the core takes them: (sample, step, axon) of each event, and maybe a label each."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model import limits
from model.encoding import Encoding, Raster
from model.network import IntArray
from support.errors import InputError

MAX_SAMPLES = 1 << 24
"""Most samples of a file."""
MAX_AXONS = limits.SOURCES.high
MAX_STEPS = limits.MAX_STEPS.high
UNLABELLED = -1
"""The label of a sample that has none."""

RANGES = {"sample": MAX_SAMPLES - 1, "step": MAX_STEPS - 1, "axon": MAX_AXONS - 1}
"""Largest value of each column of an event; the smallest is 0."""


@dataclass(frozen=True, kw_only=True)
class Rasters:
    """The samples of one file, or the first of them. ``data.rasters.reader`` makes it; everything in it is checked."""

    path: Path
    sample: IntArray
    """Of each event, ascending; shape (events,)."""
    step: IntArray
    axon: IntArray
    labels: IntArray
    """Of each sample: index into ``keys``, or the number of a class where there are no ``keys``; -1: unlabelled."""
    speakers: IntArray
    """Of each sample: any number by which samples are grouped, as those of one speaker, for a validation set."""
    keys: tuple[str, ...] = ()
    """Names of the classes, if the labels are names."""
    axons: int | None = None
    """Axons of each sample, if the file says so."""
    steps: int | None = None
    """Steps of each sample, if the file says so."""

    def __len__(self) -> int:
        """Number of samples."""
        return len(self.labels)

    @property
    def labelled(self) -> bool:
        """Whether the samples have labels: all of them or none has."""
        return bool(len(self) and self.labels[0] != UNLABELLED)

    @property
    def least_axons(self) -> int:
        """Axons that there must be: what the file says, else the highest one that fires and those below it."""
        return self.axons if self.axons is not None else int(self.axon.max(initial=-1)) + 1

    @property
    def least_steps(self) -> int:
        """Steps that there must be: what the file says, else those up to the last event of any sample; at least 1."""
        return self.steps if self.steps is not None else int(self.step.max(initial=0)) + 1

    def names(self) -> tuple[str, ...]:
        """Names of the classes; numbers are names, too, from 0 to the highest that occurs."""
        return self.keys or tuple(str(label) for label in range(int(self.labels.max(initial=-1)) + 1))

    def take(self, count: int) -> "Rasters":
        """The first ``count`` samples, with the axons and steps of the whole file; InputError when there are fewer."""
        if not 0 < count <= len(self):
            raise InputError(f"{self.path}: samples must be in 1..{len(self)}, not {count}")
        end = int(np.searchsorted(self.sample, count))
        return replace(
            self, sample=self.sample[:end], step=self.step[:end], axon=self.axon[:end], labels=self.labels[:count],
            speakers=self.speakers[:count], axons=self.axons, steps=self.least_steps,
        )  # fmt: skip

    def check(self, *, axons: int, steps: int, what: str) -> None:
        """InputError unless each sample fits ``axons`` axons and ``steps`` steps of ``what``, as "the network"."""
        if self.axons is not None and self.axons != axons:
            raise InputError(f"{self.path}: {self.axons} axons, {what} has {axons}")
        if self.least_axons > axons:
            at = int(np.argmax(self.axon >= axons))
            raise InputError(
                f"{self.path}: sample {self.sample[at]}: axon {self.axon[at]} is out of range; {what} has {axons} axons"
            )
        bad = np.flatnonzero(self.step >= steps)
        if len(bad):
            at = bad[0]
            raise InputError(
                f"{self.path}: sample {self.sample[at]}: an event in step {self.step[at]}; {what} takes events in "
                f"steps 0..{steps - 1}"
            )

    def rasters(self, steps: int, axons: int) -> Iterator[Raster]:
        """The events of each sample, shape (steps, axons); all must lie inside."""
        bounds = np.searchsorted(self.sample, np.arange(len(self) + 1))
        for start, end in pairwise(bounds):
            raster = np.zeros((steps, axons), np.bool_)
            raster[self.step[start:end], self.axon[start:end]] = True
            yield raster

    def timed(self, encoding: Encoding) -> tuple[NDArray[np.float64], IntArray]:
        """The events of all samples as spikes of recordings whose encoding gives the same events back.

        Times in seconds and units. Raises InputError for an encoding that changes what is given step by step.
        """
        if encoding.units != encoding.axons or encoding.counts != (1,) or encoding.step_seconds is None:
            raise InputError(
                f"{self.path}: its samples are given step by step; expected an encoding with units = axons, "
                f"counts = [1] and step_seconds, not units = {encoding.units}, axons = {encoding.axons}, "
                f"counts = {list(encoding.counts)}, step_seconds = {encoding.step_seconds}"
            )
        self.check(axons=encoding.axons, steps=encoding.steps, what="the encoding")
        return self.step.astype(np.float64) * encoding.step_seconds, self.axon

    def close(self) -> None:
        """Nothing to close: all was read."""

    def __enter__(self) -> "Rasters":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def make(path: Path, *, sample: Any, step: Any, axon: Any, samples: int, labels: IntArray | None = None,
         speakers: IntArray | None = None, keys: tuple[str, ...] = (), axons: int | None = None,
         steps: int | None = None) -> Rasters:  # fmt: skip
    """Samples of events in any order. ``path`` names the file in errors.

    Columns are int64 inside RANGES; labels are checked. Raises InputError for an event that occurs twice, one outside
    of ``samples``, ``axons`` and ``steps``, and for no samples.
    """
    if not samples:
        raise InputError(f"{path}: no samples, expected at least one")
    for name, values, end in (("sample", sample, samples), ("axon", axon, axons), ("step", step, steps)):
        bad = np.flatnonzero(values >= end) if end is not None else np.zeros(0, np.int64)
        if len(bad):
            raise InputError(f"{path}: event {bad[0]}: {name} {values[bad[0]]} is out of range; the file has {end}")
    order = np.lexsort((axon, step, sample))
    sample, step, axon = sample[order], step[order], axon[order]
    repeated = np.ones(max(0, len(order) - 1), np.bool_)
    for each in (sample, step, axon):
        repeated &= each[1:] == each[:-1]
    if repeated.any():
        at = int(repeated.argmax())
        raise InputError(
            f"{path}: sample {sample[at]}: axon {axon[at]} has two events in step {step[at]}, expected at most one"
        )
    return Rasters(
        path=path, sample=sample, step=step, axon=axon, keys=keys, axons=axons, steps=steps,
        labels=np.full(samples, UNLABELLED, np.int64) if labels is None else labels,
        speakers=np.zeros(samples, np.int64) if speakers is None else speakers,
    )  # fmt: skip
