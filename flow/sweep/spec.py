# SPDX-License-Identifier: Apache-2.0
"""What a sweep is made of, read from a TOML file and checked before anything starts."""

import tomllib
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from flow.sweep.kinds import KINDS, NESTED, Options, refuse_missing
from support.errors import InputError

MOST = 100_000
"""Tasks of a sweep."""
WANTED = r"^(min|max) [\w.]+$"


class Section(BaseModel):
    """A table of the file: unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Limits(Section):
    """What a task may take, and how often it is tried."""

    retries: Annotated[int, Field(ge=0, le=100)] = 1
    """Attempts after the first one."""
    seconds: Annotated[float, Field(gt=0)] = 3600
    """Of an attempt."""
    memory_mb: Annotated[int, Field(ge=64)] = 4096
    """Resident memory of a task with all that it starts."""


class Pareto(Section):
    """A picture of two figures of all tasks, and which of them no other one is better than."""

    x: Annotated[str, Field(pattern=WANTED)]
    """As in ``min cycles_mean`` or ``max accuracy_rtl``."""
    y: Annotated[str, Field(pattern=WANTED)]
    by: str | None = None
    """The column that gives points their colour."""


class File(Section):
    """The whole file; ``tasks`` are checked kind by kind."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-][A-Za-z0-9_.-]*$")]
    limits: Limits = Limits()
    tasks: Annotated[list[dict[str, Any]], Field(min_length=1)]
    pareto: list[Pareto] = []


class Spec(Section):
    """A sweep."""

    name: str
    limits: Limits
    pareto: tuple[Pareto, ...]
    points: tuple[tuple[str, Options], ...]
    """Kind and options of each task, in the file's order; none twice."""


def load_spec(path: Path) -> Spec:
    """The sweep in a TOML file. Raises InputError, in one line with the file and the key, if it cannot be one."""
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from None
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: cannot be read: {error}") from None
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{path}: not TOML: {error}") from None
    try:
        file = File.model_validate(tables)
    except ValidationError as error:
        raise InputError(f"{path}: {_first(error)}") from None
    points: dict[str, tuple[str, Options]] = {}
    for number, table in enumerate(file.tasks):
        for kind, options in _points(f"{path}: tasks.{number}", table):
            points[f"{kind} {options.model_dump_json()}"] = kind, options
            if len(points) > MOST:
                raise InputError(f"{path}: more than {MOST:,} tasks")
    return Spec(name=file.name, limits=file.limits, pareto=tuple(file.pareto), points=tuple(points.values()))


def _points(where: str, table: dict[str, Any]) -> Iterator[tuple[str, Options]]:
    """Every task that a table of ``tasks`` stands for."""
    kind = table.get("kind")
    if not isinstance(kind, str) or kind not in KINDS:
        raise InputError(f"{where}: kind must be one of {', '.join(KINDS)}, not {kind!r}")
    for chosen in _choices(where, {key: value for key, value in table.items() if key != "kind"}):
        try:
            options = KINDS[kind].model_validate(chosen)
        except ValidationError as error:
            raise InputError(f"{where}: {_first(error)}") from None
        refuse_missing(options, where)
        yield kind, options


def _choices(where: str, table: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The table with one value of each list, in every combination; the last list varies fastest."""
    axes: list[list[tuple[tuple[str, ...], Any]]] = []
    nested = [key for key in NESTED if isinstance(table.get(key), dict)]
    for key, value in table.items():
        inner: list[tuple[tuple[str, ...], Any]] = [((key,), value)]
        if key in nested:
            inner = [((key, name), item) for name, item in value.items()]
        for path, each in inner:
            values = each if isinstance(each, list) else [each]
            if not values:
                raise InputError(f"{where}.{'.'.join(path)}: an empty list; expected at least one value")
            axes.append([(path, item) for item in values])
    for chosen in product(*axes):
        found: dict[str, Any] = {key: {} for key in nested}
        for path, item in chosen:
            if len(path) == 1:
                found[path[0]] = item
            else:
                found[path[0]][path[1]] = item
        yield found


def _first(error: ValidationError) -> str:
    """The first thing that is wrong, in one line."""
    first = error.errors()[0]
    key = ".".join(str(part) for part in first["loc"])
    value = "" if first["type"] in ("missing", "value_error") else f", not {first['input']!r:.80}"
    return f"{f'{key}: ' if key else ''}{first['msg'].removeprefix('Value error, ')}{value}"
