# SPDX-License-Identifier: Apache-2.0
"""Arrays kept in files that can be made again: one that is cut or holds something else is, with a word."""

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from support.errors import InputWarning
from support.files import make_folder, replacing

Arrays = dict[str, NDArray[Any]]


def kept(path: Path, right: Callable[[Arrays], bool], make: Callable[[], Arrays]) -> Arrays:
    """The arrays of a file; what ``make`` returns, and is kept there, if there is none or it is not ``right``.

    Raises InputError if the file cannot be written.
    """
    if path.is_file():
        try:
            with np.load(path, allow_pickle=False) as file:
                arrays = dict(file)
            if right(arrays):
                return arrays
        # numpy and zipfile raise what they like for broken files, and so does what looks into one.
        except Exception:
            pass
        warnings.warn(f"{path}: damaged, it is made again", InputWarning, stacklevel=2)
    arrays = make()
    _save(path, arrays)
    return arrays


def _save(path: Path, arrays: Arrays) -> None:
    make_folder(path.parent)
    with replacing(path) as temporary, temporary.open("wb") as file:
        np.savez(file, **arrays)  # type: ignore[arg-type]
