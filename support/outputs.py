# SPDX-License-Identifier: Apache-2.0
"""No output may take the place of an input, or of another output."""

import os
from collections.abc import Iterable
from pathlib import Path

from support.errors import InputError


def refuse_overwriting(outputs: Iterable[Path], inputs: Iterable[Path] = ()) -> None:
    """InputError for an output that is one of the inputs, under whatever name, or that is named twice.

    To be called before anything is opened or made. A file that is not there yet is told by its path.
    """
    read, written = list(inputs), list(outputs)
    for place, path in enumerate(written):
        for each in read:
            if _same(path, each):
                other = "" if path == each else f" ({each})"
                raise InputError(f"{path}: would be written over what is read from it{other}; expected another file")
        if any(_same(path, each) for each in written[:place]):
            raise InputError(f"{path}: two outputs would go there; expected a file for each")


def _same(one: Path, other: Path) -> bool:
    try:
        return os.path.samefile(one, other)
    except OSError:
        return os.path.realpath(one) == os.path.realpath(other)
