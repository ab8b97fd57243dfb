# SPDX-License-Identifier: Apache-2.0
"""From recordings of (time, unit) spikes to events of input axons, and between rasters and lists of events."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from model import limits
from support.errors import InputError

Raster = NDArray[np.bool_]

MAX_UNITS = limits.SOURCES.high
"""Most units and most axons of an encoding, far above what a core takes."""
MAX_STEPS = limits.MAX_STEPS.high
"""Longest sample in steps."""
MAX_COUNT = 255
"""Most spikes of a group in a step that an axon may ask for: training counts in a byte."""
MAX_SECONDS = 1e9
"""Length of a step that none reaches."""


@dataclass(frozen=True, kw_only=True)
class Encoding:
    """How a recording of (time, unit) spikes becomes events of input axons, step by step.

    Units are summed in groups of neighbours, and each group has one axon per entry of ``counts``: a thermometer code,
    which says by single events how many spikes there were. ``drain`` steps without input follow, for what is still
    under way.
    """

    units: int
    """Units of the recording, 0 to units-1 (SHD: 700)."""
    axons: int
    """Input axons, ``len(counts)`` times the number of groups: unit u is in group u * groups // units."""
    steps: int
    """Steps that carry input."""
    step_seconds: float | None
    """Length of a step; None: each sample is cut into ``steps`` equal steps of its own duration."""
    drain: int = 0
    """Steps after the last one with input."""
    counts: tuple[int, ...] = (1,)
    """Axon k * groups + g fires in a step in which group g has counts[k] spikes or more; ascending. (1,): binarised."""

    def __post_init__(self) -> None:
        for name, low in (("units", 1), ("axons", 1), ("steps", 1), ("drain", 0)):
            value, high = getattr(self, name), MAX_STEPS if name in ("steps", "drain") else MAX_UNITS
            if isinstance(value, bool) or not isinstance(value, int) or value < low:
                raise InputError(f"encoding: {name} must be an integer of at least {low}, not {value!r:.80}")
            if value > high:
                raise InputError(f"encoding: {name} must be at most {high}, not {value!r:.80}")
        if self.total_steps > MAX_STEPS:
            raise InputError(f"encoding: steps and drain must be at most {MAX_STEPS} together, not {self.total_steps}")
        counts = self.counts
        if not counts or any(isinstance(n, bool) or not isinstance(n, int) for n in counts):
            raise InputError(f"encoding: counts must be integers, not {counts!r:.80}")
        if counts[0] < 1 or any(low >= high for low, high in pairwise(counts)):
            raise InputError(f"encoding: counts must be at least 1 and ascend, not {list(counts)!r:.80}")
        if counts[-1] > MAX_COUNT:
            raise InputError(f"encoding: counts must be at most {MAX_COUNT}, not {counts[-1]!r:.80}")
        if self.axons % len(counts):
            raise InputError(f"encoding: axons must be a multiple of the {len(counts)} counts, not {self.axons}")
        if self.groups > self.units:
            most = self.units * len(counts)
            raise InputError(f"encoding: axons must be at most units times counts ({most}), not {self.axons}")
        seconds = self.step_seconds
        if seconds is not None and not (
            isinstance(seconds, int | float) and not isinstance(seconds, bool) and 0 < seconds < MAX_SECONDS
        ):
            raise InputError(f"encoding: step_seconds must be above 0, not {self.step_seconds!r:.80}")

    @property
    def groups(self) -> int:
        """Groups of neighbouring units."""
        return self.axons // len(self.counts)

    @property
    def total_steps(self) -> int:
        """Steps of a sample."""
        return self.steps + self.drain


class Encoded(NamedTuple):
    """One recording as events. Each of its spikes has an event of its own, is merged, or is dropped."""

    raster: Raster
    """(total steps, axons)"""
    merged: int
    """Spikes in a step of input that make no event more, as others of their step and group stand for them."""
    dropped: int
    """Spikes after the last step."""


def encode(times: ArrayLike, units: ArrayLike, encoding: Encoding) -> Raster:
    """The raster of one recording, shape (encoding.total_steps, encoding.axons).

    ``times`` in seconds from the start of the recording, at least 0, in any order and any type of numbers; ``units``
    the unit of each spike. A spike belongs to step floor(time / length of a step) of its time as ``snapped`` gives it;
    with ``step_seconds``, spikes after the last step are dropped. Without, a spike at the very end falls in the last.

    Raises InputError for other units than the encoding has, and times that are negative or not numbers.
    """
    return encode_counted(times, units, encoding).raster


def encode_counted(times: ArrayLike, units: ArrayLike, encoding: Encoding, where: str = "recording") -> Encoded:
    """``encode``, with the number of spikes that have no event; ``where`` stands in front of an error."""
    seconds = np.asarray(times)
    unit = np.asarray(units)
    if seconds.ndim != 1 or unit.shape != seconds.shape:
        raise InputError(f"{where}: times and units must be of one length, not {seconds.shape} and {unit.shape}")
    spikes = np.zeros((encoding.total_steps, encoding.groups), np.int64)
    if not len(seconds):
        return Encoded(thermometer(spikes, encoding), 0, 0)
    if unit.dtype.kind not in "iu":
        raise InputError(f"{where}: units must be integers, not {unit.dtype}")
    # The public files hold times as 16-bit floats: the arithmetic must not happen in those.
    seconds = seconds.astype(np.float64)
    bad = np.flatnonzero(~(np.isfinite(seconds) & (seconds >= 0)))
    if len(bad):
        raise InputError(
            f"{where}: time of spike {bad[0]} must be finite and at least 0 seconds, not {seconds[bad[0]]}"
        )
    check_units(unit, encoding, where)
    step = _steps(seconds, encoding)
    inside = step < encoding.steps
    step, unit = step[inside], unit[inside].astype(np.int64)
    np.add.at(spikes, (step, unit * encoding.groups // encoding.units), 1)
    raster = thermometer(spikes, encoding)
    return Encoded(raster, len(step) - int(raster.sum()), len(seconds) - len(step))


def snapped(times: ArrayLike, encoding: Encoding) -> NDArray[np.float64]:
    """The times of one recording in float64, those on the grid of its steps moved to where floor finds their step.

    ``times`` in seconds, finite and at least 0. A step is ``step_seconds`` long, or the time of the last spike divided
    by ``steps``. A time is on the grid, and belongs to step r, where it is r times that length up to rounding: within
    one part in 2**23, which the arithmetic of float64 and storage as float32 stay within, or equal to its float16,
    if the step is longer than the spacing of float16 there. So floor(time / length) of what is returned is the
    step of each spike, of which a recording that is stored in another type makes no other. Snapping twice changes
    nothing more.
    """
    seconds = np.asarray(times).astype(np.float64)
    length = _step_length(seconds, encoding)
    if length <= 0:
        return seconds
    # The last spike says how long a step is: it stays where it is, and falls in the last step all the same.
    return _on_grid(seconds, length, None if encoding.step_seconds else encoding.steps)


def step_of(times: ArrayLike, step_seconds: float) -> NDArray[np.float64]:
    """The step of each time, by the rule of ``snapped``: whole numbers, as floats, for there is no last one."""
    seconds = np.asarray(times).astype(np.float64)
    with np.errstate(over="ignore"):
        return np.floor(_on_grid(seconds, step_seconds, None) / step_seconds)


def _on_grid(seconds: NDArray[np.float64], length: float, end: int | None) -> NDArray[np.float64]:
    """``snapped`` for steps of a length; times of step ``end`` and later stay where they are."""
    # What overflows lies after the last step, and neither infinity nor nan is on the grid.
    with np.errstate(all="ignore"):
        position = seconds / length
        nearest = np.rint(position)
        grid = nearest * length
        on = np.abs(position - nearest) <= position * 2.0**-23
        half = grid.astype(np.float16)
        on |= (half == seconds) & (np.spacing(half) < length)
        if end is not None:
            on &= nearest < end
        # The quotient of a product can be just below the factor.
        grid = np.where(np.floor(grid / length) < nearest, np.nextafter(grid, np.inf), grid)
    return np.where(on, grid, seconds)


def _step_length(seconds: NDArray[np.float64], encoding: Encoding) -> float:
    """Seconds of a step in a recording with spikes at ``seconds``; 0 where all its spikes are at 0."""
    if encoding.step_seconds is not None:
        return float(encoding.step_seconds)
    return float(seconds.max(initial=0.0)) / encoding.steps


def _steps(seconds: NDArray[np.float64], encoding: Encoding) -> NDArray[np.int64]:
    """The step of each spike; ``encoding.steps`` for those after the last step."""
    length = _step_length(seconds, encoding)
    if length <= 0:
        # The end is the start, and the last spike falls in the last step.
        return np.full(len(seconds), encoding.steps - 1)
    with np.errstate(over="ignore"):
        position = np.floor(snapped(seconds, encoding) / length)
    last = encoding.steps if encoding.step_seconds is not None else encoding.steps - 1
    return np.minimum(position, last).astype(np.int64)


def check_units(units: NDArray[np.integer], encoding: Encoding, where: str) -> None:
    """InputError, with ``where`` in front, for a unit that the encoding does not have."""
    bad = np.flatnonzero((units < 0) | (units >= encoding.units))
    if len(bad):
        raise InputError(f"{where}: unit of spike {bad[0]} must be in 0..{encoding.units - 1}, not {units[bad[0]]}")


def thermometer(spikes: NDArray[np.integer], encoding: Encoding) -> Raster:
    """Which axons fire, (.., encoding.axons), for the spikes of each group in a step, (.., encoding.groups)."""
    return np.concatenate([spikes >= count for count in encoding.counts], axis=-1)


def to_events(raster: ArrayLike) -> list[NDArray[np.int64]]:
    """The axons that fire in each step, ascending, of a raster of shape (steps, axons): bool, or integers 0 and 1."""
    dense = np.asarray(raster)
    if dense.ndim != 2:
        raise InputError(f"raster: expected shape (steps, axons), not {dense.shape}")
    check_binary(dense, "raster")
    return [np.flatnonzero(row) for row in dense]


def to_raster(sample: Sequence[ArrayLike], axons: int) -> Raster:
    """The raster, shape (steps, axons), of the axons that fire in each step; errors as ``check_events``."""
    raster = np.zeros((len(sample), axons), np.bool_)
    for step, events in enumerate(sample):
        raster[step, check_events(events, axons, step)] = True
    return raster


def check_events(events: ArrayLike | Iterable[int], axons: int, step: int) -> NDArray[np.int64]:
    """The events of one step as an array; InputError for an unknown axon or one that occurs twice."""
    array = np.asarray(events if isinstance(events, np.ndarray) else list(events))  # type: ignore[arg-type]
    if not array.size:
        return np.zeros(0, np.int64)
    if array.ndim != 1 or array.dtype.kind not in "iu":
        raise InputError(f"step {step}: events must be a list of integers, not {array.dtype} of shape {array.shape}")
    unknown = array[(array < 0) | (array >= axons)]
    if len(unknown):
        raise InputError(f"step {step}: no axon {unknown[0]}, expected 0..{axons - 1}")
    values, counts = np.unique(array, return_counts=True)
    for axon, count in zip(values[counts > 1], counts[counts > 1], strict=True):
        raise InputError(f"step {step}: axon {axon} occurs {count} times, expected at most once")
    return array.astype(np.int64)


def check_binary(values: NDArray[Any], what: str) -> None:
    """InputError unless the values are bool, or integers that are 0 or 1: a source fires at most once in a step."""
    if values.dtype.kind not in "bui":
        raise InputError(f"{what}: expected bool or integers, not {values.dtype}")
    if values.dtype.kind != "b" and values.size and not 0 <= int(values.min()) <= int(values.max()) <= 1:
        raise InputError(f"{what}: expected 0 and 1 only, as a source fires at most once in a step, not {values.max()}")
