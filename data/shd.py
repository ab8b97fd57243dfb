"""Files of the format of the Spiking Heidelberg Digits (HDF5), read lazily and written atomically.

Layout (Cramer et al., arXiv 1910.07407): ``spikes/times`` (seconds, float16) and ``spikes/units`` (channel, uint16)
hold one variable-length row per recording; ``labels`` and ``extra/speaker`` one number per recording;
``extra/keys`` the name of each class. Anything else in the file is ignored.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import ArrayLike, NDArray

from model.errors import InputError

CHANNELS = 700
"""Channels of the format: units are 0 (base of the cochlea, high frequencies) to CHANNELS-1 (apex)."""
CLASSES = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine",
    "null", "eins", "zwei", "drei", "vier", "fuenf", "sechs", "sieben", "acht", "neun",
)  # fmt: skip
"""Names of the labels 0-19 of the Heidelberg Digits: English 0-9, then German 0-9."""

Sample = tuple[NDArray[np.float64], NDArray[np.int64]]
"""Spikes of one recording: times in seconds (>= 0) and units (0 to CHANNELS-1), equally long."""

_DATASETS = ("spikes/times", "spikes/units", "labels", "extra/speaker", "extra/keys")
_BLOCK = 128  # recordings read at once while iterating


class Recordings:
    """The recordings of one file, or some of them; spikes are read when they are asked for.

    ``labels`` (int64, one per recording) index ``keys``; ``speakers`` (int64) are arbitrary numbers.
    An object may be pickled to another process, which opens the file for itself.
    """

    def __init__(
        self,
        path: Path,
        *,
        labels: NDArray[np.int64],
        speakers: NDArray[np.int64],
        keys: tuple[str, ...],
        rows: NDArray[np.int64],
    ) -> None:
        """Use ``Recordings.open``; this takes what was read and checked. ``rows`` are the rows of the file."""
        self.path = path
        self.labels = labels
        self.speakers = speakers
        self.keys = keys
        self.rows = rows
        self._file: Any = None
        self._owner = 0

    @classmethod
    def open(cls, path: str | Path) -> "Recordings":
        """All recordings of the file at ``path``; InputError where it is not what it should be.

        Spikes are checked as they are read, everything else here.
        """
        path = Path(path)
        with _open(path) as file:
            for name in _DATASETS:
                if not isinstance(file.get(name), h5py.Dataset):
                    raise InputError(f"{path}: dataset {name} is missing; the SHD format has {', '.join(_DATASETS)}")
            for name, kinds, wanted in (("spikes/times", "f", "floats"), ("spikes/units", "iu", "integers")):
                base = h5py.check_vlen_dtype(file[name].dtype)
                if file[name].ndim != 1 or base is None or np.dtype(base).kind not in kinds:
                    raise InputError(
                        f"{path}: dataset {name} must hold a variable-length row of {wanted} per recording"
                    )
            labels, speakers = (_numbers(path, name, file[name]) for name in ("labels", "extra/speaker"))
            keys = tuple(k.decode() if isinstance(k, bytes) else str(k) for k in file["extra/keys"][...].tolist())
            sizes = {name: len(file[name]) for name in _DATASETS[:4]}
        if len(set(sizes.values())) != 1:
            raise InputError(f"{path}: lengths differ: {', '.join(f'{name} {size}' for name, size in sizes.items())}")
        _check_labels(path, labels, keys)
        return cls(path, labels=labels, speakers=speakers, keys=keys, rows=np.arange(len(labels)))

    def __len__(self) -> int:
        """Number of recordings."""
        return len(self.labels)

    def sample(self, index: int) -> Sample:
        """Spikes of recording ``index`` (0 to len-1) in the order of the file."""
        if not 0 <= index < len(self):
            raise IndexError(f"{self.path}: recording must be in 0..{len(self) - 1}, not {index}")
        row = int(self.rows[index])
        times, units = self._read(row)
        return self._checked(row, times, units)

    def __iter__(self) -> Iterator[Sample]:
        """All recordings in order, read in blocks: faster than ``sample`` one by one."""
        for start in range(0, len(self), _BLOCK):
            rows = self.rows[start : start + _BLOCK]
            # HDF5 reads increasing rows without repeats only.
            unique, where = np.unique(rows, return_inverse=True)
            times, units = self._read(unique)
            for row, at in zip(rows, where, strict=True):
                yield self._checked(int(row), times[at], units[at])

    def take(self, count: int) -> "Recordings":
        """The first ``count`` recordings; InputError when there are fewer."""
        if not 0 < count <= len(self):
            raise InputError(f"{self.path}: samples must be in 1..{len(self)}, not {count}")
        return self.select(range(count))

    def select(self, indices: Sequence[int] | NDArray[np.int64]) -> "Recordings":
        """The recordings at ``indices`` (0 to len-1), in that order."""
        where = np.asarray(indices, np.int64)
        if where.size and not (where.min() >= 0 and where.max() < len(self)):
            raise IndexError(f"{self.path}: recordings must be in 0..{len(self) - 1}")
        return Recordings(
            self.path, labels=self.labels[where], speakers=self.speakers[where], keys=self.keys, rows=self.rows[where]
        )

    def close(self) -> None:
        """Close the file; a later read opens it again."""
        # A handle that came through a fork belongs to the parent.
        if self._file is not None and self._owner == os.getpid():
            self._file.close()
        self._file = None

    def __enter__(self) -> "Recordings":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_file": None}

    def _read(self, rows: int | NDArray[np.int64]) -> tuple[Any, Any]:
        if self._file is None or self._owner != os.getpid():
            self._file, self._owner = _open(self.path), os.getpid()
        try:
            return self._file["spikes/times"][rows], self._file["spikes/units"][rows]
        except OSError:
            raise InputError(f"{self.path}: the file is damaged; its spikes cannot be read") from None

    def _checked(self, row: int, times: ArrayLike, units: ArrayLike) -> Sample:
        return _check_spikes(f"{self.path}: recording {row}", times, units)


def write(
    path: str | Path,
    spikes: Iterable[tuple[ArrayLike, ArrayLike]],
    *,
    labels: Sequence[int] | NDArray[np.integer],
    speakers: Sequence[int] | NDArray[np.integer],
    keys: Sequence[str] = CLASSES,
) -> None:
    """Write ``spikes`` (times in seconds, units; one pair per recording) with their labels and speakers.

    Times become float16 and units uint16. The file appears under its name when it is complete; equal input gives
    equal bytes. InputError for what ``Recordings`` would refuse.
    """
    path = Path(path)
    if len(labels) != len(speakers):
        raise InputError(f"{path}: lengths differ: labels {len(labels)}, extra/speaker {len(speakers)}")
    _check_labels(path, np.asarray(labels, np.int64), tuple(keys))
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        with h5py.File(part, "w") as file:
            count = 0
            all_times = file.create_dataset("spikes/times", (len(labels),), h5py.vlen_dtype(np.float16))
            all_units = file.create_dataset("spikes/units", (len(labels),), h5py.vlen_dtype(np.uint16))
            for count, (times, units) in enumerate(spikes, start=1):
                if count > len(labels):
                    break
                seconds, channels = _check_spikes(f"{path}: recording {count - 1}", times, units)
                all_times[count - 1] = seconds.astype(np.float16)
                all_units[count - 1] = channels.astype(np.uint16)
            if count != len(labels):
                raise InputError(
                    f"{path}: lengths differ: labels {len(labels)}, spikes "
                    + (f"{count}" if count < len(labels) else f"more than {len(labels)}")
                )
            file["labels"] = np.asarray(labels, np.uint16)
            file["extra/speaker"] = np.asarray(speakers, np.uint16)
            file["extra/keys"] = np.array([key.encode() for key in keys], dtype="S")
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _open(path: Path) -> Any:
    if path.is_dir():
        raise InputError(f"{path}: a folder; expected an HDF5 file of the SHD format")
    if not path.is_file():
        raise InputError(f"{path}: no such file; expected an HDF5 file of the SHD format")
    try:
        return h5py.File(path, "r")
    except OSError:
        raise InputError(f"{path}: not an HDF5 file, or a damaged one; expected the SHD format") from None


def _numbers(path: Path, name: str, dataset: Any) -> NDArray[np.int64]:
    values = dataset[...]
    if values.ndim != 1 or not np.issubdtype(values.dtype, np.integer):
        raise InputError(f"{path}: dataset {name} must hold one integer per recording")
    return values.astype(np.int64)


def _check_labels(path: Path, labels: NDArray[np.int64], keys: tuple[str, ...]) -> None:
    bad = np.flatnonzero((labels < 0) | (labels >= len(keys)))
    if bad.size:
        raise InputError(
            f"{path}: recording {bad[0]}: label {labels[bad[0]]} is out of range; extra/keys names {len(keys)} classes"
        )


def _check_spikes(where: str, times: ArrayLike, units: ArrayLike) -> Sample:
    # Through float64 and int64, so that arithmetic on what is returned neither rounds nor wraps.
    seconds, channels = np.asarray(times, np.float64), np.asarray(units, np.int64)
    if seconds.shape != channels.shape:
        raise InputError(f"{where}: lengths differ: times {seconds.size}, units {channels.size}")
    if not np.all(np.isfinite(seconds) & (seconds >= 0)):
        raise InputError(f"{where}: times must be finite seconds, 0 or later")
    bad = (channels < 0) | (channels >= CHANNELS)
    if bad.any():
        raise InputError(f"{where}: unit {channels[bad][0]} is out of range; units are 0..{CHANNELS - 1}")
    return seconds, channels
