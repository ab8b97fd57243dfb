# SPDX-License-Identifier: Apache-2.0
"""Datasets of an HDF5 file in any form that the format allows, as numbers and text of one form, or one line why not.

Numbers may have any width and byte order; whole numbers may be stored as floats. A row of each recording may be of its
own length (HDF5's variable-length type) or all of one (two dimensions, or an array type).
"""

import errno
from functools import cache
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from support.errors import InputError

MAX_RECORDINGS = 1 << 24
"""Most entries of a dataset that has one per recording."""
MAX_SPIKES = 1 << 31
"""Most spikes of a file with rows of one length: a small file can claim any number."""
MAX_TEXT = 1 << 24
"""Most bytes of a dataset of text."""
_BLOCK_SPIKES = 1 << 22  # of rows of one length, read at once
_BLOCK_ROWS = 128
_UNREADABLE = (OSError, RuntimeError, ValueError, TypeError, KeyError, MemoryError, OverflowError)
"""What h5py raises for a file that says one thing and holds another."""


def open_file(path: Path) -> Any:
    """The file, opened for reading. Raises InputError, which says whether it is there, readable, locked and HDF5."""
    if path.is_dir():
        raise InputError(f"{path}: a folder; expected an HDF5 file of the SHD format")
    if not path.exists():
        raise InputError(f"{path}: no such file; expected an HDF5 file of the SHD format")
    if not path.is_file():
        raise InputError(f"{path}: not a file; expected an HDF5 file of the SHD format")
    try:
        return h5py.File(path, "r")
    except PermissionError:
        raise InputError(f"{path}: cannot be read (no permission)") from None
    except OSError as error:
        if isinstance(error, BlockingIOError) or error.errno in {errno.EAGAIN, errno.EACCES}:
            raise InputError(f"{path}: locked by another program that writes to it") from None
        raise InputError(f"{path}: not an HDF5 file, or a damaged one; expected the SHD format") from None


def dataset(file: Any, path: Path, name: str) -> Any:
    """The dataset of a name, or None if there is none.

    Raises InputError for a link that leads nowhere, and a dataset that is damaged, null or a single value.
    """
    where = f"{path}: dataset {name}"
    try:
        if name not in file:
            return None
        found = file[name]
    except _UNREADABLE as error:
        raise InputError(f"{where} cannot be opened ({_reason(error)})") from None
    if not isinstance(found, h5py.Dataset):
        return None
    try:
        shape, _ = found.shape, found.dtype
    except _UNREADABLE:
        raise InputError(f"{where} is of a type that cannot be read") from None
    if shape is None:
        raise InputError(f"{where} is null: it has neither entries nor a shape")
    if not shape:
        raise InputError(f"{where} is a single value; expected one entry per recording or class")
    if found.is_virtual:
        _check_sources(found, path, where)
    return found


def integers(found: Any, where: str) -> NDArray[np.int64]:
    """A dataset of one whole number per recording; ``where`` names file and dataset in the InputError of another."""
    _check_shape(found, where)
    if found.dtype.kind not in "iuf":
        raise InputError(f"{where} must hold one integer per recording, not {_type_name(found.dtype)}")
    values = _read(found, ..., where)
    return whole(values, where, "recording")


def whole(values: NDArray[Any], where: str, what: str) -> NDArray[np.int64]:
    """Numbers of any type as int64; InputError with the first that is none: ``where: what 3 must be ...``."""
    with np.errstate(invalid="ignore", over="ignore"):
        bad = np.flatnonzero(~((values == np.floor(values)) & (values >= -(2**63)) & (values < 2**63)))
    if bad.size:
        raise InputError(f"{where}: {what} {bad[0]} must be a 64-bit integer, not {values[bad[0]]}")
    return values.astype(np.int64)


def texts(found: Any, where: str) -> tuple[str, ...]:
    """A dataset of strings in UTF-8, one per class; ``where`` names file and dataset in the InputError of another."""
    _check_shape(found, where)
    kind = h5py.check_string_dtype(found.dtype)
    if kind is None:
        raise InputError(f"{where} must hold the name of each class, not {_type_name(found.dtype)}")
    if len(found) * (kind.length or 1) > MAX_TEXT:
        raise InputError(f"{where}: {len(found)} names of {kind.length or 1} bytes; expected at most {MAX_TEXT} bytes")
    names: list[str] = []
    for i, value in enumerate(_read(found, ..., where).tolist()):
        try:
            names.append(value.decode() if isinstance(value, bytes) else value.encode().decode())
        except UnicodeError:
            raise InputError(f"{where}: name {i} must be text in UTF-8, not {value!r:.80}") from None
    return tuple(names)


class Rows:
    """A dataset with a row of numbers per recording."""

    def __init__(self, found: Any, where: str) -> None:
        """``where`` names file and dataset in the InputError of one that is something else."""
        self._found, self._where = found, where
        dtype, shape = found.dtype, found.shape
        base = h5py.check_vlen_dtype(dtype)
        self.fixed = base is None
        if base is None:
            base, shape = (dtype.subdtype[0], (*shape, *dtype.subdtype[1])) if dtype.subdtype else (dtype, shape)
        if len(shape) != 1 + self.fixed or not isinstance(base, np.dtype | type):
            raise InputError(f"{where} must hold a row of numbers per recording, not shape {shape}")
        self.dtype = np.dtype(base)
        """Of the numbers."""
        if self.dtype.kind not in "fiu" or self.dtype.itemsize > 8:
            raise InputError(f"{where} must hold a row of numbers per recording, not {_type_name(self.dtype)}")
        _check_count(shape[0], where)
        if self.fixed and shape[0] * shape[1] > MAX_SPIKES:
            raise InputError(f"{where}: {shape[0]} rows of {shape[1]} spikes; expected at most {MAX_SPIKES} in all")
        self.block = max(1, min(_BLOCK_ROWS, _BLOCK_SPIKES // max(1, shape[1]))) if self.fixed else _BLOCK_ROWS
        """Rows to read at once."""
        self._swapped = not self.fixed and not self.dtype.isnative and _leaves_bytes_swapped()
        if not self.fixed and found.id.get_type().get_super() != h5py.h5t.py_create(self.dtype):
            raise InputError(f"{where}: its numbers have padding bits; expected ordinary ones")

    def __len__(self) -> int:
        return int(self._found.shape[0])

    def read(self, rows: int | NDArray[np.int64]) -> Any:
        """One row, or the rows of increasing numbers without repeats. Raises InputError for a damaged file."""
        found = _read(self._found, rows, self._where)
        if not self._swapped:
            return found
        if isinstance(rows, int | np.integer):
            return found.byteswap()
        for i, row in enumerate(found):
            found[i] = row.byteswap()
        return found


def _read(found: Any, which: Any, where: str) -> Any:
    try:
        return found[which]
    except _UNREADABLE as error:
        raise InputError(f"{where} cannot be read: the file is damaged ({_reason(error)})") from None


def _reason(error: BaseException) -> str:
    return " ".join(str(error).split()).strip("'")[:200]


def _check_shape(found: Any, where: str) -> None:
    if found.ndim != 1:
        raise InputError(f"{where} must have one dimension, not shape {found.shape}")
    _check_count(len(found), where)


def _check_count(count: int, where: str) -> None:
    if count > MAX_RECORDINGS:
        raise InputError(f"{where} has {count} entries; expected at most {MAX_RECORDINGS}")


def _check_sources(found: Any, path: Path, where: str) -> None:
    """HDF5 reads zeros where the source of a virtual dataset is missing."""
    for source in found.virtual_sources():
        name = str(source.file_name)
        try:
            if name == ".":
                there = source.dset_name in found.file
            else:
                with h5py.File(path.parent / name, "r") as other:
                    there = source.dset_name in other
        except _UNREADABLE:
            there = False
        if not there:
            raise InputError(
                f"{where} is virtual, and {source.dset_name!r} of {name!r}, of which it is made, is missing"
            )


@cache
def _leaves_bytes_swapped() -> bool:
    """Whether h5py gives rows of variable length in the byte order of the file and calls it that of the machine.

    As h5py 3.16 does: found out rather than known, for a later one may not.
    """
    other = np.dtype(np.uint16).newbyteorder()
    with h5py.File("byte-order", "w", driver="core", backing_store=False) as file:
        probe = file.create_dataset("probe", (1,), h5py.vlen_dtype(other))
        probe[0] = np.ones(1, other)
        return int(probe[0][0]) != 1


def _type_name(dtype: np.dtype[Any]) -> str:
    text = h5py.check_string_dtype(dtype) is not None
    return "text" if text else str(dtype)
