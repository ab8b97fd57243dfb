# SPDX-License-Identifier: Apache-2.0
"""Files of the format of the Spiking Heidelberg Digits (HDF5), read lazily; ``write`` is that of ``data.shd.writer``.

Layout (Cramer et al., arXiv 1910.07407): ``spikes/times`` (seconds, float16) and ``spikes/units`` (channel, uint16)
hold one variable-length row per recording; ``labels`` and ``extra/speaker`` one number per recording;
``extra/keys`` the name of each class. Anything else in the file is ignored. Other types and rows of one length are
read as well (``data.shd.hdf5``).
"""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from data.shd.hdf5 import Rows, dataset, integers, open_file, texts
from data.shd.layout import CHANNELS, CLASSES, Sample, check_keys, check_labels, check_spikes
from data.shd.writer import write
from support.errors import InputError

__all__ = ["CHANNELS", "CLASSES", "Recordings", "Sample", "write"]

_DATASETS = ("spikes/times", "spikes/units", "labels", "extra/speaker", "extra/keys")


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
        stored: str,
    ) -> None:
        """Use ``Recordings.open``; this takes what was read and checked. ``rows`` are the rows of the file.

        ``stored``: numpy's name of the type of the times in the file.
        """
        self.path = path
        self.labels = labels
        self.speakers = speakers
        self.keys = keys
        self.rows = rows
        self.stored = stored
        self._file: Any = None
        self._spikes: tuple[Rows, Rows] | None = None
        self._owner = 0

    @classmethod
    def open(cls, path: str | Path) -> "Recordings":
        """All recordings of the file at ``path``; InputError where it is not what it should be.

        Spikes are checked as they are read, everything else here.
        """
        path = Path(path)
        with open_file(path) as file:
            times, units = _rows(file, path)
            labels, speakers = (integers(_dataset(file, path, name), _where(path, name)) for name in _DATASETS[2:4])
            keys = texts(_dataset(file, path, "extra/keys"), _where(path, "extra/keys"))
            lengths = len(times), len(units), len(labels), len(speakers)
            stored = times.dtype.name
        if len(set(lengths)) != 1:
            sizes = ", ".join(f"{name} {size}" for name, size in zip(_DATASETS, lengths, strict=False))
            raise InputError(f"{path}: lengths differ: {sizes}")
        check_keys(path, keys)
        check_labels(path, labels, keys)
        return cls(path, labels=labels, speakers=speakers, keys=keys, rows=np.arange(len(labels)), stored=stored)

    def __len__(self) -> int:
        """Number of recordings."""
        return len(self.labels)

    @property
    def labelled(self) -> bool:
        """Whether the recordings have labels: in this format each has."""
        return True

    def names(self) -> tuple[str, ...]:
        """Names of the classes."""
        return self.keys

    def sample(self, index: int) -> Sample:
        """Spikes of recording ``index`` (0 to len-1) in the order of the file."""
        if not 0 <= index < len(self):
            raise IndexError(f"{self.path}: recording must be in 0..{len(self) - 1}, not {index}")
        row = int(self.rows[index])
        times, units = self._read(row)
        return self._checked(row, times, units)

    def __iter__(self) -> Iterator[Sample]:
        """All recordings in order, read in blocks: faster than ``sample`` one by one."""
        block = min(each.block for each in self._opened())
        for start in range(0, len(self), block):
            rows = self.rows[start : start + block]
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
            self.path, labels=self.labels[where], speakers=self.speakers[where], keys=self.keys, rows=self.rows[where],
            stored=self.stored,
        )  # fmt: skip

    def close(self) -> None:
        """Close the file; a later read opens it again."""
        # A handle that came through a fork belongs to the parent.
        if self._file is not None and self._owner == os.getpid():
            self._file.close()
        self._file = self._spikes = None

    def __enter__(self) -> "Recordings":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_file": None, "_spikes": None}

    def _opened(self) -> tuple[Rows, Rows]:
        if self._spikes is None or self._owner != os.getpid():
            self._file, self._owner = open_file(self.path), os.getpid()
            self._spikes = _rows(self._file, self.path)
        return self._spikes

    def _read(self, rows: int | NDArray[np.int64]) -> tuple[Any, Any]:
        times, units = self._opened()
        return times.read(rows), units.read(rows)

    def _checked(self, row: int, times: ArrayLike, units: ArrayLike) -> Sample:
        return check_spikes(f"{self.path}: recording {row}", times, units)


def _where(path: Path, name: str) -> str:
    return f"{path}: dataset {name}"


def _dataset(file: Any, path: Path, name: str) -> Any:
    found = dataset(file, path, name)
    if found is None:
        raise InputError(f"{path}: dataset {name} is missing; the SHD format has {', '.join(_DATASETS)}")
    return found


def _rows(file: Any, path: Path) -> tuple[Rows, Rows]:
    """Times and units."""
    times, units = (Rows(_dataset(file, path, name), _where(path, name)) for name in _DATASETS[:2])
    return times, units
