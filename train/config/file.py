# SPDX-License-Identifier: Apache-2.0
"""Configuration files that build on others: ``base = "other.toml"`` at the top of a TOML file."""

import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from pydantic import BaseModel, ValidationError

from support.errors import InputError

Tables = dict[str, Any]
Config = TypeVar("Config", bound=BaseModel)


class ConfigFile(NamedTuple):
    """A file, and what stands in it itself."""

    path: Path
    tables: Tables


def read_files(path: Path) -> list[ConfigFile]:
    """A TOML file, then the one that it builds on, then that one's, ..; ``base`` is relative to the file's folder.

    Raises InputError, in one line, for a file that cannot be read or is not TOML, and for a cycle.
    """
    files: list[ConfigFile] = []
    where = f"{path}"
    while True:
        if path.resolve() in [each.path.resolve() for each in files]:
            chain = " -> ".join(str(each) for each in [*(file.path for file in files), path])
            raise InputError(f"{where}: a file cannot build on itself: {chain}")
        try:
            tables = tomllib.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise InputError(f"{where}: cannot be read ({error.strerror})") from None
        except UnicodeDecodeError as error:
            raise InputError(f"{where}: cannot be read: {error}") from None
        except tomllib.TOMLDecodeError as error:
            raise InputError(f"{path}: not TOML: {error}") from None
        base = tables.pop("base", None)
        files.append(ConfigFile(path, tables))
        if base is None:
            return files
        if not isinstance(base, str):
            raise InputError(f"{path}: base must be the name of a file, not {base!r}")
        where, path = f"{path}: base {base!r}", path.parent / base


def merge(files: Sequence[ConfigFile]) -> Tables:
    """The tables of all files, key by key, inner tables too; of a key in several the first file's.

    ``name`` is the first file's alone: a run is never another's by accident.
    """
    own, *bases = (file.tables for file in files)
    merged: Tables = {}
    for tables in reversed(bases):
        merged = _over(merged, tables)
    merged.pop("name", None)
    return _over(merged, own)


def load_section(path: Path, kind: type[Config], changes: Tables | None = None) -> Config:
    """The configuration in a TOML file, over those that it builds on; ``changes``: over all of them.

    Raises InputError, in one line with the file and the key, if it cannot be read or a value is wrong.
    """
    files = read_files(path)
    try:
        return kind.model_validate(_over(merge(files), changes or {}))
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        value = "" if first["type"] in ("missing", "value_error") else f", not {first['input']!r}"
        where = origin(files, first["loc"])
        what = f"{key}: " if key else ""
        raise InputError(f"{where}: {what}{first['msg'].removeprefix('Value error, ')}{value}") from None


def origin(files: Sequence[ConfigFile], key: Sequence[str | int]) -> Path:
    """The file that a key, such as ("network", "tau"), has its value from; the first one if none has it."""
    for path, tables in files:
        value: Any = tables
        for part in key:
            value = value.get(part) if isinstance(value, dict) else None
        if value is not None:
            return path
    return files[0].path


def _over(below: Tables, above: Tables) -> Tables:
    """``below`` with the keys of ``above`` in their place."""
    return {**below, **{
        key: _over(below[key], value) if isinstance(value, dict) and isinstance(below.get(key), dict) else value
        for key, value in above.items()
    }}  # fmt: skip
