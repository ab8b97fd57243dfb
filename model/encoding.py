"""From recordings of (time, unit) spikes to events of input axons, and between rasters and lists of events."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from model.errors import InputError
from model.network import Encoding, IntArray

Raster = NDArray[np.bool_]


def encode(times: ArrayLike, units: ArrayLike, encoding: Encoding) -> Raster:
    """The raster of one recording, shape (encoding.total_steps, encoding.axons).

    ``times`` in seconds from the start of the recording, at least 0, in any order and any float type; ``units`` the
    unit of each spike. With ``step_seconds``, a spike belongs to step floor(time / step_seconds), and spikes from
    steps * step_seconds on are dropped. Without, the time of the last spike is the duration, which is cut into
    ``steps`` equal steps; a spike at the very end falls in the last one.

    Raises InputError for other units than the encoding has, and times that are negative or not numbers.
    """
    seconds = np.asarray(times)
    unit = np.asarray(units)
    if seconds.ndim != 1 or unit.shape != seconds.shape:
        raise InputError(f"recording: times and units must be of one length, not {seconds.shape} and {unit.shape}")
    raster = np.zeros((encoding.total_steps, encoding.axons), np.bool_)
    if not len(seconds):
        return raster
    if unit.dtype.kind not in "iu":
        raise InputError(f"recording: units must be integers, not {unit.dtype}")
    # The public files hold times as 16-bit floats: the arithmetic must not happen in those.
    seconds = seconds.astype(np.float64)
    _refuse_first("time of spike", seconds, ~(np.isfinite(seconds) & (seconds >= 0)), "finite and at least 0 seconds")
    _refuse_first("unit of spike", unit, (unit < 0) | (unit >= encoding.units), f"in 0..{encoding.units - 1}")
    unit = unit.astype(np.int64)
    if encoding.step_seconds is None:
        duration = seconds.max()
        # All spikes at 0: the end is the start, and the last spike falls in the last step.
        position = seconds * encoding.steps / duration if duration > 0 else np.full(len(seconds), encoding.steps)
        step = np.minimum(np.floor(position).astype(np.int64), encoding.steps - 1)
    else:
        late = seconds >= encoding.steps * encoding.step_seconds
        seconds, unit = seconds[~late], unit[~late]
        step = np.floor(seconds / encoding.step_seconds).astype(np.int64)
        # The division can round up to ``steps`` just below the end.
        step = np.minimum(step, encoding.steps - 1)
    raster[step, unit * encoding.axons // encoding.units] = True
    return raster


def to_events(raster: ArrayLike) -> list[IntArray]:
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


def check_events(events: ArrayLike | Iterable[int], axons: int, step: int) -> IntArray:
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


def _refuse_first(what: str, values: NDArray[np.generic], wrong: Raster, expected: str) -> None:
    bad = np.flatnonzero(wrong)
    if len(bad):
        raise InputError(f"recording: {what} {bad[0]} must be {expected}, not {values[bad[0]]}")
