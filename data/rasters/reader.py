# SPDX-License-Identifier: Apache-2.0
"""Files of samples given step by step, by their ending: ``.csv`` (``data.rasters.table``), ``.npz`` and ``.npy``.

``.npz``: either ``raster``, 0 and 1 of shape (samples, steps, axons), or ``sample``, ``step`` and ``axon`` of each
event and, if wanted, the numbers ``samples``, ``steps`` and ``axons``. To both, if wanted, ``label`` of each sample,
numbers or names, ``keys``, the names of the classes, and ``speaker``, a number of each sample.

``.npy``: either the raster, or the table: integers of shape (events, 3 or 4): sample, step, axon and label.
"""

import io
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.rasters.rasters import MAX_AXONS, MAX_SAMPLES, MAX_STEPS, RANGES, UNLABELLED, Rasters, make
from data.rasters.table import COLUMNS, read_table
from data.shd.hdf5 import whole
from model.encoding import check_binary
from model.network import IntArray
from support.archives import Arrays, read_npy, read_npz
from support.errors import InputError
from support.files import write_atomic

ENDINGS = (".npz", ".npy", ".csv")
SIZES = {"samples": MAX_SAMPLES, "steps": MAX_STEPS, "axons": MAX_AXONS}
OPTIONAL = ("label", "keys", "speaker")
WHAT = "raster"
"""What such a file is called in messages."""


def is_raster(path: Path) -> bool:
    """Whether a file is one of these, by its ending."""
    return path.suffix.lower() in ENDINGS


def read_rasters(path: str | Path) -> Rasters:
    """All samples of a file. Raises InputError for one that cannot be read, or says what cannot be."""
    path = Path(path)
    if not path.exists():
        raise InputError(f"{path}: no such file; expected samples step by step ({', '.join(ENDINGS)})")
    match path.suffix.lower():
        case ".csv":
            return read_table(path)
        case ".npz":
            return _read_arrays(path, read_npz(path, WHAT))
        case _:
            return _read_array(path, read_npy(path, WHAT))


def save_rasters(path: Path, rasters: Rasters) -> None:
    """Write samples as .npz, whole or not at all: equal samples give equal bytes."""
    arrays: Arrays = {
        "sample": _small(rasters.sample), "step": _small(rasters.step), "axon": _small(rasters.axon),
        "samples": np.array(len(rasters)), "steps": np.array(rasters.least_steps),
        "axons": np.array(max(1, rasters.least_axons)),
    }  # fmt: skip
    if rasters.labelled:
        arrays["label"] = _small(rasters.labels)
    if rasters.keys:
        arrays["keys"] = np.array(rasters.keys)
    if rasters.speakers.any():
        arrays["speaker"] = _small(rasters.speakers)
    file = io.BytesIO()
    np.savez_compressed(file, **arrays)  # type: ignore[arg-type]
    write_atomic(path, file.getvalue())


def _small(values: IntArray) -> NDArray[Any]:
    """The values in the smallest type of unsigned integers that holds them."""
    return values.astype(np.min_scalar_type(int(values.max(initial=0))))


def _read_arrays(path: Path, arrays: Arrays) -> Rasters:
    dense = "raster" in arrays
    wanted, others = (("raster",), OPTIONAL) if dense else (COLUMNS, (*SIZES, *OPTIONAL))
    if set(wanted) - set(arrays) or set(arrays) - {*wanted, *others}:
        raise InputError(
            f"{path}: expected raster, or sample, step and axon and, if wanted, samples, steps, axons; to both label, "
            f"keys, speaker; not {', '.join(sorted(arrays)) or 'nothing':.200}"
        )
    rest: dict[str, Any]
    if dense:
        rest = _events(path, arrays["raster"])
    else:
        columns = {name: _column(path, arrays[name], name) for name in COLUMNS}
        for name, column in columns.items():
            if len(column) != len(columns["sample"]):
                raise InputError(f"{path}: {len(column)} entries of {name}, {len(columns['sample'])} of sample")
        sizes = {name: _size(path, arrays[name], name) for name in SIZES if name in arrays}
        known = int(columns["sample"].max(initial=-1)) + 1
        counts = [len(arrays[name]) for name in ("label", "speaker") if name in arrays and arrays[name].ndim == 1]
        rest = {"samples": max([known, *counts]), **columns, **sizes}
    samples = rest["samples"]
    keys = _keys(path, arrays["keys"]) if "keys" in arrays else ()
    labels, found = _labels(path, arrays["label"], samples, keys) if "label" in arrays else (None, keys)
    if "keys" in arrays and labels is None:
        raise InputError(f"{path}: keys without label; expected the label of each sample")
    speakers = _per_sample(path, arrays["speaker"], "speaker", samples) if "speaker" in arrays else None
    return make(path, labels=labels, keys=found, speakers=speakers, **rest)


def _read_array(path: Path, array: NDArray[Any]) -> Rasters:
    if array.ndim == 3:
        return make(path, **_events(path, array))
    if array.ndim != 2 or array.shape[1] not in (3, 4):
        raise InputError(
            f"{path}: expected shape (samples, steps, axons), or (events, 3 or 4) with sample, step, axon and label, "
            f"not {array.shape}"
        )
    sample, step, axon = (_column(path, array[:, k], name) for k, name in enumerate(COLUMNS))
    samples = int(sample.max(initial=-1)) + 1
    labels = None
    if array.shape[1] == 4:
        each = _column(path, array[:, 3], "label", MAX_AXONS - 1)
        labels = np.full(samples, UNLABELLED, np.int64)
        labels[sample] = each
        bad = np.flatnonzero(labels[sample] != each)
        if len(bad):
            at = bad[0]
            raise InputError(f"{path}: sample {sample[at]} has the labels {each[at]} and {labels[sample[at]]}")
        none = np.flatnonzero(labels == UNLABELLED)
        if len(none):
            raise InputError(f"{path}: sample {none[0]} has no label, others have; expected one for each")
    return make(path, sample=sample, step=step, axon=axon, samples=samples, labels=labels)


def _events(path: Path, raster: NDArray[Any]) -> dict[str, Any]:
    """The events of a raster (samples, steps, axons), and its sizes."""
    if raster.ndim != 3 or 0 in raster.shape:
        raise InputError(f"{path}: expected shape (samples, steps, axons), none of them 0, not {raster.shape}")
    for (name, most), size in zip(SIZES.items(), raster.shape, strict=True):
        if size > most:
            raise InputError(f"{path}: {size} {name}, expected at most {most}")
    check_binary(raster, f"{path}: raster")
    sample, step, axon = np.nonzero(raster)
    return {"sample": sample, "step": step, "axon": axon,
            **dict(zip(SIZES, map(int, raster.shape), strict=True))}  # fmt: skip


def _column(path: Path, values: NDArray[Any], name: str, high: int | None = None) -> IntArray:
    """One number of each event."""
    if values.ndim != 1:
        raise InputError(f"{path}: {name} must have one entry an event, not shape {values.shape}")
    if values.dtype.kind not in "iuf":
        raise InputError(f"{path}: {name} must be integers, not {values.dtype}")
    numbers = whole(values, str(path), f"{name} of event")
    high = RANGES[name] if high is None else high
    bad = np.flatnonzero((numbers < 0) | (numbers > high))
    if len(bad):
        raise InputError(f"{path}: event {bad[0]}: {name} must be in 0..{high}, not {numbers[bad[0]]}")
    return numbers


def _size(path: Path, value: NDArray[Any], name: str) -> int:
    if value.ndim or value.dtype.kind not in "iu" or not 1 <= int(value) <= SIZES[name]:
        raise InputError(f"{path}: {name} must be a whole number in 1..{SIZES[name]}, not {value.tolist()!r:.80}")
    return int(value)


def _per_sample(path: Path, values: NDArray[Any], name: str, samples: int, end: int | None = None) -> IntArray:
    if values.shape != (samples,):
        raise InputError(f"{path}: {name} must have one entry for each of {samples} samples, not shape {values.shape}")
    if values.dtype.kind not in "iuf":
        raise InputError(f"{path}: {name} must be numbers, not {values.dtype}")
    numbers = whole(values, str(path), f"{name} of sample")
    high = (1 << 63) - 1 if end is None else end - 1
    bad = np.flatnonzero((numbers < 0) | (numbers > high))
    if len(bad):
        raise InputError(f"{path}: sample {bad[0]}: {name} must be in 0..{high}, not {numbers[bad[0]]}")
    return numbers


def _labels(path: Path, values: NDArray[Any], samples: int, keys: tuple[str, ...]) -> tuple[IntArray, tuple[str, ...]]:
    """Labels of the samples and names of the classes: ``keys``, else those of labels that are names, sorted."""
    if values.dtype.kind != "U":
        return _per_sample(path, values, "label", samples, len(keys) or MAX_AXONS), keys
    if values.shape != (samples,):
        raise InputError(f"{path}: label must have one entry for each of {samples} samples, not shape {values.shape}")
    names = keys or tuple(sorted(set(values.tolist())))
    for i, value in enumerate(values.tolist()):
        if value not in names:
            raise InputError(f"{path}: sample {i}: label {value!r:.80} is none of keys: {', '.join(names):.200}")
    place = {name: k for k, name in enumerate(names)}
    return np.array([place[value] for value in values.tolist()], np.int64), names


def _keys(path: Path, values: NDArray[Any]) -> tuple[str, ...]:
    if values.dtype.kind != "U" or values.ndim != 1 or not len(values):
        raise InputError(f"{path}: keys must be the name of each class, not {values.dtype} of shape {values.shape}")
    keys = tuple(values.tolist())
    twice = next((key for i, key in enumerate(keys) if key in keys[:i]), None)
    if twice is not None:
        raise InputError(f"{path}: keys: two classes are called {twice!r:.80}")
    return keys
