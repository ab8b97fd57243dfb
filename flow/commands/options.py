# SPDX-License-Identifier: Apache-2.0
"""Options that several subcommands share, and what they stand for."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import wraps
from inspect import signature
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from model.config import CoreConfig, DelayUnit, Protection, preset
from model.image.image import Image
from model.mapping.compiler import with_lanes
from support.console import console
from support.errors import InputError
from support.listener import Listener
from support.outputs import refuse_overwriting

IMAGE = Path("tables/synthetic_48_48_20.chx")
"""Tables trained on synthetic speech, which come with the project."""
DATA = Path("data/synthetic_test.h5")
"""Synthetic speech, which comes with the project."""
BUILD = Path("build")
"""Where everything goes that can be made again."""

OUTPUT = "output"
"""Marks an option that names what a command writes; the other paths are what it reads."""

ImageOption = Annotated[Path, typer.Option("--image", metavar="FILE", help="Image of a network (.chx).")]
BuildOption = Annotated[
    Path | None,
    typer.Option("--image", metavar="FILE", help=f"For the build of this image (.chx; default: {IMAGE})."),
]
DataOption = Annotated[
    Path,
    typer.Option("--data", metavar="FILE", help="Recordings (SHD format, HDF5), or samples step by step (.npz, .npy, "
                 ".csv)."),
]  # fmt: skip
SamplesOption = Annotated[
    str | None, typer.Option("--samples", metavar="N|all", help="Play the first N recordings, or all.")
]
JobsOption = Annotated[
    int | None, typer.Option("--jobs", metavar="N", help="Programs to run side by side (default: one a processor).")
]
JsonOption = Annotated[
    Path | None, typer.Option("--json", metavar="FILE", help="Write the report there as well."), OUTPUT
]
CsvOption = Annotated[
    Path | None,
    typer.Option("--csv", metavar="FILE", help="Write there what came of each sample, a line each."),
    OUTPUT,
]
UnitOption = Annotated[
    DelayUnit | None, typer.Option("--unit", help="Delay unit of the build (default: each in turn).")
]
ChoiceOption = Annotated[
    list[str] | None,
    typer.Option("--option", metavar="NAME=N", help="What only this delay unit has, as in --unit hybrid --option "
                 "slots=8; repeat."),
]  # fmt: skip

ProtectionOption = Annotated[
    Protection, typer.Option("--protection", help="Check bits on the memories that hold the image, of every core.")
]


class RunFailed(Exception):
    """A run came to its end, and what it found is wrong: one line that says what."""


def paths_of(command: Callable[..., Any]) -> tuple[list[str], list[str]]:
    """Names of the options of a command that are paths: those of what it writes, and those of what it reads."""
    names: tuple[list[str], list[str]] = [], []
    for name, hint in get_type_hints(command, include_extras=True).items():
        plain = get_type_hints(command).get(name)
        if name != "return" and plain in (Path, Path | None, list[Path], list[Path] | None):
            names[OUTPUT not in getattr(hint, "__metadata__", ())].append(name)
    return names


def guarded(command: Callable[..., Any]) -> Callable[..., Any]:
    """The command; before it begins it raises InputError for an output that is one of its inputs."""
    outputs, inputs = paths_of(command)

    @wraps(command)
    def run(*args: Any, **options: Any) -> Any:
        bound = signature(command).bind_partial(*args, **options)
        bound.apply_defaults()
        written, read = (_paths(bound.arguments.get(name) for name in names) for names in (outputs, inputs))
        refuse_overwriting(written, read)
        return command(*args, **options)

    return run


def _paths(values: Iterable[Any]) -> list[Path]:
    found: list[Path] = []
    for value in values:
        found += [value] if isinstance(value, Path) else value or []
    return found


def sample_count(samples: str | None) -> int | None:
    """How many samples ``--samples`` asks for; None: all. Raises InputError."""
    if samples is None or samples == "all":
        return None
    if not samples.isascii() or not samples.isdigit() or int(samples) < 1:
        raise InputError(f"samples must be a number of at least 1, or all, not {samples!r}")
    return int(samples)


def units(unit: DelayUnit | None) -> Sequence[DelayUnit]:
    """The delay units that ``--unit`` asks for."""
    return list(DelayUnit) if unit is None else [unit]


def choices(unit: DelayUnit | None, options: Sequence[str] | None) -> dict[str, int]:
    """What ``--option`` asks for. Raises InputError."""
    if options and unit is None:
        raise InputError("--option sets a parameter of one delay unit; expected --unit with it")
    found = {}
    for text in options or ():
        name, _, value = text.partition("=")
        if not (value.isascii() and value.isdigit()):
            raise InputError(f"--option must be a name and a number, as in slots=8, not {text!r}")
        found[name] = int(value)
    return found


def builds(
    image: Path | None, preset_name: str | None, unit: DelayUnit | None, options: Sequence[str] | None = None,
    protection: Protection = Protection.NONE, *, lanes: int | None = None,
) -> tuple[str, list[CoreConfig]]:  # fmt: skip
    """The builds that ``--image`` (default: IMAGE) or ``--preset`` asks for, a delay unit each, and what they are
    named after; with ``lanes`` for a build of so many, for which the network of the image is compiled again. Raises
    InputError, also for both."""
    if preset_name is not None and image is not None:
        raise InputError("--image and --preset both name a build; give one of them")
    chosen = choices(unit, options)
    if preset_name is not None:
        fixed: dict[str, Any] = {"unit_options": chosen, "protection": protection}
        geometry = {} if lanes is None else {"lanes": lanes}
        return preset_name, [preset(preset_name, delay_unit=each, **fixed, **geometry) for each in units(unit)]
    image = image or IMAGE
    loaded = with_lanes(Image.load(image), lanes)
    return image.name, [replace(loaded.config(each, **chosen), protection=protection) for each in units(unit)]


def progress_bar(shown: Console, *, stays: bool = False) -> Progress:
    """A bar that counts tasks on a terminal, and nothing elsewhere; it goes when all is done, unless it ``stays``."""
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=shown, transient=not stays, disable=not shown.is_terminal)


@contextmanager
def stages() -> Iterator[Listener]:
    """Bars for the stages of long work, on a terminal."""
    with progress_bar(console(stderr=True), stays=True) as progress:
        tasks: list[TaskID] = []

        def begin(name: str, total: int) -> None:
            tasks.append(progress.add_task(name, total=total))

        yield Listener(begin=begin, advance=lambda: progress.advance(tasks[-1]))
