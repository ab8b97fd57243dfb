# SPDX-License-Identifier: Apache-2.0
"""Writes files of the SHD format, whole or not at all."""

import warnings
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import ArrayLike, NDArray

from data.shd.hdf5 import whole
from data.shd.layout import CLASSES, check_keys, check_labels, check_spikes
from model.encoding import step_of
from support.errors import InputError, InputWarning
from support.files import make_folder, replacing

_FLOATS = ("float16", "float32", "float64")


def write(
    path: str | Path,
    spikes: Iterable[tuple[ArrayLike, ArrayLike]],
    *,
    labels: Sequence[int] | NDArray[np.integer],
    speakers: Sequence[int] | NDArray[np.integer],
    keys: Sequence[str] = CLASSES,
    times: str | None = None,
    step_seconds: float | None = None,
) -> None:
    """Write ``spikes`` (times in seconds, units; one pair per recording) with their labels and speakers.

    ``times``: how times are stored, "float16" (as in the official files), "float32" or "float64". None: in the widest
    type of those given (whole numbers count as float64), so that nothing is rounded; all recordings are then held in
    memory. ``step_seconds``: the steps that the recordings are for; a warning says how many times are rounded into
    another one. Units, labels and speakers (0 to 65535) become uint16. The file appears under its name when it is
    complete; equal input gives equal bytes. InputError for what ``Recordings`` would refuse or the types cannot hold,
    steps that are not above 0, and a place that cannot be written.
    """
    path = Path(path)
    if times not in (None, *_FLOATS):
        raise InputError(f"{path}: times must be stored as one of {', '.join(_FLOATS)}, not {times!r}")
    if step_seconds is not None and not step_seconds > 0:
        raise InputError(f"{path}: step_seconds must be above 0, not {step_seconds!r}")
    if len(labels) != len(speakers):
        raise InputError(f"{path}: lengths differ: labels {len(labels)}, extra/speaker {len(speakers)}")
    numbers = {
        name: _fits_16_bits(path, name, values) for name, values in (("labels", labels), ("extra/speaker", speakers))
    }
    names = [_encoded(path, i, key) for i, key in enumerate(keys)]
    check_keys(path, tuple(keys))
    check_labels(path, numbers["labels"].astype(np.int64), tuple(keys))
    if times is None:
        held = [(np.asarray(seconds), units) for seconds, units in spikes]
        spikes, times = held, _widest([seconds for seconds, _ in held])
    make_folder(path.parent)
    moved = 0
    with replacing(path) as temporary, h5py.File(temporary, "w") as file:
        count = 0
        all_times = file.create_dataset("spikes/times", (len(labels),), h5py.vlen_dtype(np.dtype(times)))
        all_units = file.create_dataset("spikes/units", (len(labels),), h5py.vlen_dtype(np.uint16))
        for count, (given, units) in enumerate(spikes, start=1):
            if count > len(labels):
                break
            where = f"{path}: recording {count - 1}"
            seconds, channels = check_spikes(where, given, units)
            all_times[count - 1] = stored = _stored(where, seconds, times)
            all_units[count - 1] = channels.astype(np.uint16)
            if step_seconds is not None:
                moved += int(np.count_nonzero(step_of(seconds, step_seconds) != step_of(stored, step_seconds)))
        if count != len(labels):
            raise InputError(
                f"{path}: lengths differ: labels {len(labels)}, spikes "
                + (f"{count}" if count < len(labels) else f"more than {len(labels)}")
            )
        for name, values in numbers.items():
            file[name] = values
        file["extra/keys"] = np.array(names, dtype="S")
    if moved:
        warnings.warn(
            f"{path}: {moved} times are in another step of {step_seconds} s as {times}", InputWarning, stacklevel=2
        )


def _fits_16_bits(path: Path, name: str, values: ArrayLike) -> NDArray[np.uint16]:
    array = np.asarray(values)
    if array.ndim != 1 or array.dtype.kind not in "iuf":
        raise InputError(f"{path}: {name} must be one integer per recording, not {array.dtype} of shape {array.shape}")
    found = whole(array, f"{path}: {name}", "recording")
    bad = np.flatnonzero((found < 0) | (found > 65535))
    if bad.size:
        raise InputError(f"{path}: {name}: recording {bad[0]} must be in 0..65535, not {found[bad[0]]}")
    return found.astype(np.uint16)


def _encoded(path: Path, number: int, key: str) -> bytes:
    try:
        encoded = key.encode()
    except (UnicodeError, AttributeError):
        encoded = b"\0"
    if b"\0" in encoded:
        raise InputError(f"{path}: extra/keys: name {number} must be text without zero bytes, not {key!r:.80}")
    return encoded


def _widest(times: list[NDArray[Any]]) -> str:
    sizes = {min(8, each.itemsize) if each.dtype.kind == "f" else 8 for each in times if each.size}
    return _FLOATS[{2: 0, 4: 1, 8: 2}[max(sizes, default=2)]]


def _stored(where: str, seconds: NDArray[np.float64], kind: str) -> NDArray[np.floating]:
    with np.errstate(over="ignore"):
        stored = seconds.astype(kind)
    bad = np.flatnonzero(~np.isfinite(stored))
    if bad.size:
        most = np.finfo(kind).max
        raise InputError(
            f"{where}: time of spike {bad[0]} must be at most {most:g} s to be a {kind}, not {seconds[bad[0]]}"
        )
    return np.asarray(stored)
