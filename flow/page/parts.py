# SPDX-License-Identifier: Apache-2.0
"""What the page is made of: parts, each from the report of one command, or the word that it was not run."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flow.run.report import read_json

Figure = dict[str, Any]
"""A figure as Plotly takes it: ``data`` and ``layout``."""


@dataclass(frozen=True, kw_only=True)
class Grid:
    """A table. The first ``text_columns`` columns are text, the others figures."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    text_columns: int = 1


@dataclass(frozen=True, kw_only=True)
class Plot:
    """A figure with its name for those who cannot see it."""

    name: str
    label: str
    figure: Figure
    height: int = 360


@dataclass(frozen=True, kw_only=True)
class Part:
    """A part of the page. One without ``grids`` and ``plots`` was not run."""

    key: str
    """Its anchor in the page."""
    title: str
    command: str
    """What makes it."""
    made: Mapping[str, str] = field(default_factory=dict)
    """``command`` and ``version`` of the run that made it, as its report says."""
    text: tuple[str, ...] = ()
    grids: tuple[Grid, ...] = ()
    plots: tuple[Plot, ...] = ()

    @property
    def ran(self) -> bool:
        """Whether there is anything to show."""
        return bool(self.grids or self.plots)


@dataclass(frozen=True, kw_only=True)
class Report:
    """A report that a command may have written."""

    key: str
    title: str
    file: str
    """Its path in the folder of reports."""
    command: str

    def read(self, folder: Path) -> dict[str, Any] | None:
        """Its content; None if the command was not run. Raises InputError for a file that is no report."""
        path = folder / self.file
        return read_json(path, "report") if path.exists() else None

    def part(self, content: Mapping[str, Any], *, text: tuple[str, ...] = (), grids: tuple[Grid, ...] = (),
             plots: tuple[Plot, ...] = ()) -> Part:  # fmt: skip
        """The part that shows it."""
        made = content.get("made") or {}
        return Part(
            key=self.key, title=self.title, command=self.command, made=made, text=text, grids=grids, plots=plots
        )

    def missing(self) -> Part:
        """The part that says that it was not run."""
        return Part(key=self.key, title=self.title, command=self.command)


def count(value: float | int | None, digits: int = 0) -> str:
    """A figure with commas; what is not known is n/a, never a zero."""
    return "n/a" if value is None else f"{value:,.{digits}f}"


def percent(value: float | None, digits: int = 1) -> str:
    """A share in percent; what is not known is n/a."""
    return "n/a" if value is None else f"{100 * value:.{digits}f} %"
