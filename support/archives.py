# SPDX-License-Identifier: Apache-2.0
"""Arrays of numpy from files that others made: ``.npz`` and ``.npy``, looked at before they are unpacked."""

import io
import math
import os
import zipfile
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from support.errors import InputError
from support.files import read_bytes

Arrays = dict[str, NDArray[Any]]

MAX_BYTES = 1 << 32
"""Most bytes of a file's arrays."""


def read_npz(path: str | os.PathLike[str], what: str) -> Arrays:
    """The arrays of an .npz by name. Raises InputError for a file that is no ``what``: damaged, too large, objects."""
    data = read_bytes(path, what)
    try:
        _check_archive(data)
        with np.load(io.BytesIO(data), allow_pickle=False) as file:
            return dict(file)
    except InputError as error:
        raise InputError(f"{path}: no {what} file ({error})") from None
    # numpy and zipfile raise what they like for broken files, and their advice is not for this one.
    except Exception:
        raise InputError(f"{path}: no {what} file (not an .npz, or a damaged one)") from None


def read_npy(path: str | os.PathLike[str], what: str) -> NDArray[Any]:
    """The array of an .npy. Raises InputError as ``read_npz``."""
    data = read_bytes(path, what)
    try:
        _check_array(io.BytesIO(data), len(data), "")
        return np.asarray(np.load(io.BytesIO(data), allow_pickle=False))
    except InputError as error:
        raise InputError(f"{path}: no {what} file ({error})") from None
    except Exception:
        raise InputError(f"{path}: no {what} file (not an .npy, or a damaged one)") from None


def _check_archive(data: bytes) -> None:
    """InputError for an array that claims more than the file holds, or an archive that unpacks to too much."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        total = sum(member.file_size for member in archive.infolist())
        if total > MAX_BYTES:
            raise InputError(f"it unpacks to {total} bytes, expected at most {MAX_BYTES}")
        for member in archive.infolist():
            with archive.open(member) as file:
                _check_array(file, member.file_size, f" {member.filename.removesuffix('.npy')!r:.80}")


def _check_array(file: IO[bytes], size: int, name: str) -> None:
    version = np.lib.format.read_magic(file)
    read = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
    shape, _, dtype = read[version](file)
    if dtype.hasobject:
        raise InputError(f"array{name} holds Python objects, expected numbers")
    if math.prod(shape) * dtype.itemsize > size:
        raise InputError(f"array{name} claims the shape {shape!r:.80}, for which the file has no bytes")
