# SPDX-License-Identifier: Apache-2.0
"""How a configuration is trained: surrogate gradients unless it says otherwise."""

from enum import StrEnum
from pathlib import Path

from support.errors import InputError
from train.config.file import merge, origin, read_files


class Method(StrEnum):
    """By the name in a file, the module whose ``train`` runs it."""

    SURROGATE = "train.loop.run"
    """Surrogate gradients on steps, from recordings to an image; what is meant where a file has no ``method``."""
    DELGRAD = "train.delgrad.run"
    """Exact spike times."""


NAMES = {"delgrad": Method.DELGRAD}


def method_of(path: Path) -> Method:
    """The method of a TOML file, over those that it builds on.

    Raises InputError if the file cannot be read or names another method.
    """
    files = read_files(path)
    name = merge(files).get("method")
    if name is None:
        return Method.SURROGATE
    if not isinstance(name, str) or name not in NAMES:
        raise InputError(f"{origin(files, ('method',))}: method must be {' or '.join(NAMES)}, or absent, not {name!r}")
    return NAMES[name]
