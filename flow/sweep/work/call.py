# SPDX-License-Identifier: Apache-2.0
"""A function of a file of one's own."""

from collections.abc import Mapping
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

from flow.sweep.kinds import Call
from support.errors import InputError


def measure(options: Call, folder: Path) -> dict[str, Any]:
    """What the function returns. Raises InputError if there is none, or if that is no figure for each name."""
    path, _, name = options.function.rpartition(":")
    spec = spec_from_file_location("chronaxie_sweep_function", path)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    function = getattr(module, name, None)
    if not callable(function):
        raise InputError(f"{path}: has no function {name}")
    found = function(**options.options)
    if not isinstance(found, Mapping) or not all(
        isinstance(key, str) and isinstance(value, int | float | str | bool | None) for key, value in found.items()
    ):
        raise InputError(f"{options.function}: returned {found!r:.80}; expected a number, text or None for each name")
    return dict(found)
