# SPDX-License-Identifier: Apache-2.0
"""What recordings of the SHD format may be: channels, classes, and the checks of what is read or written."""

from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from data.shd.hdf5 import whole
from support.errors import InputError

CHANNELS = 700
"""Channels of the format: units are 0 (base of the cochlea, high frequencies) to CHANNELS-1 (apex)."""
CLASSES = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine",
    "null", "eins", "zwei", "drei", "vier", "fuenf", "sechs", "sieben", "acht", "neun",
)  # fmt: skip
"""Names of the labels 0-19 of the Heidelberg Digits: English 0-9, then German 0-9."""

Sample = tuple[NDArray[np.float64], NDArray[np.int64]]
"""Spikes of one recording: times in seconds (>= 0) and units (0 to CHANNELS-1), equally long."""


def check_keys(path: Path, keys: tuple[str, ...]) -> None:
    """InputError for two classes of one name."""
    first: dict[str, int] = {}
    for i, key in enumerate(keys):
        if first.setdefault(key, i) < i:
            raise InputError(f"{path}: dataset extra/keys: classes {first[key]} and {i} are both called {key!r:.80}")


def check_labels(path: Path, labels: NDArray[np.int64], keys: tuple[str, ...]) -> None:
    """InputError for a label that ``keys`` does not name."""
    bad = np.flatnonzero((labels < 0) | (labels >= len(keys)))
    if bad.size:
        raise InputError(
            f"{path}: recording {bad[0]}: label {labels[bad[0]]} is out of range; extra/keys names {len(keys)} classes"
        )


def check_spikes(where: str, times: ArrayLike, units: ArrayLike) -> Sample:
    """Spikes of one recording as float64 and int64; InputError, with ``where`` in front, for what cannot be one."""
    seconds, channels = np.asarray(times), np.asarray(units)
    if seconds.shape != channels.shape or seconds.ndim != 1:
        raise InputError(f"{where}: lengths differ: times {seconds.size}, units {channels.size}")
    for name, values in (("times", seconds), ("units", channels)):
        if values.dtype.kind not in "iuf":
            raise InputError(f"{where}: {name} must be numbers, not {values.dtype}")
    # Through float64 and int64, so that arithmetic on what is returned neither rounds nor wraps.
    seconds = seconds.astype(np.float64)
    bad = np.flatnonzero(~(np.isfinite(seconds) & (seconds >= 0)))
    if bad.size:
        raise InputError(f"{where}: time of spike {bad[0]} must be finite seconds, 0 or later, not {seconds[bad[0]]}")
    bad = np.flatnonzero(~((channels >= 0) & (channels < CHANNELS)))
    if bad.size:
        raise InputError(f"{where}: unit {channels[bad[0]]} is out of range; units are 0..{CHANNELS - 1}")
    return seconds, whole(channels, where, "unit of spike")
