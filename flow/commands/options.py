"""Options that several subcommands share, and what they stand for."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from model.config import CoreConfig, DelayUnit, preset
from model.image.image import Image
from support.errors import InputError

IMAGE = Path("tables/synthetic_48_48_20.chx")
"""Tables trained on synthetic speech, which come with the project."""
DATA = Path("data/synthetic_test.h5")
"""Synthetic speech, which comes with the project."""
BUILD = Path("build")
"""Where everything goes that can be made again."""

ImageOption = Annotated[Path, typer.Option("--image", metavar="FILE", help="Image of a network (.chx).")]
DataOption = Annotated[
    Path, typer.Option("--data", metavar="FILE", help="Recordings: any file of the SHD format (HDF5).")
]
SamplesOption = Annotated[
    str | None, typer.Option("--samples", metavar="N|all", help="Play the first N recordings, or all.")
]
JobsOption = Annotated[
    int | None, typer.Option("--jobs", metavar="N", help="Programs to run side by side (default: one a processor).")
]
JsonOption = Annotated[Path | None, typer.Option("--json", metavar="FILE", help="Write the report there as well.")]
UnitOption = Annotated[
    DelayUnit | None, typer.Option("--unit", help="Delay unit of the build (default: each in turn).")
]
ChoiceOption = Annotated[
    list[str] | None,
    typer.Option("--option", metavar="NAME=N", help="What only this delay unit has, as in --unit hybrid --option "
                 "slots=8; repeat."),
]  # fmt: skip


class RunFailed(Exception):
    """A run came to its end, and what it found is wrong: one line that says what."""


def console() -> Console:
    """Where reports go. Into a file or a pipe they are as wide as they need, so that no cell is cut."""
    shown = Console()
    return shown if shown.is_terminal else Console(width=160)


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
        raise InputError("--option says what one delay unit has; expected --unit with it")
    found = {}
    for text in options or ():
        name, _, value = text.partition("=")
        if not (value.isascii() and value.isdigit()):
            raise InputError(f"--option must be a name and a number, as in slots=8, not {text!r}")
        found[name] = int(value)
    return found


def builds(
    image: Path, preset_name: str | None, unit: DelayUnit | None, options: Sequence[str] | None = None
) -> tuple[str, list[CoreConfig]]:
    """The builds that ``--image`` or ``--preset`` asks for, a delay unit each, and what they are named after."""
    chosen = choices(unit, options)
    if preset_name is not None:
        return preset_name, [preset(preset_name, delay_unit=each, unit_options=chosen) for each in units(unit)]
    loaded = Image.load(image)
    return image.name, [loaded.config(each, **chosen) for each in units(unit)]


def progress_bar(shown: Console) -> Progress:
    """A bar that counts tasks on a terminal, and nothing elsewhere; it goes when all is done."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=shown, transient=True, disable=not shown.is_terminal)
