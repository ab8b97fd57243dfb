# SPDX-License-Identifier: Apache-2.0
"""Every benchmark several times: ``python -m benchmarks.run [--repeats N] [--only NAME ..] [--folder FOLDER]``.

Ratios go into FOLDER/<commit>.json (build/bench) with their middle and spread, and are compared with the last run that
is stored there. One that fell by more than its noise is said, and the exit status is 1.
"""

import argparse
import sys
import time
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from rich.table import Table

from benchmarks import ratios
from flow.run.report import write_json
from flow.version import commit_name, note_command
from support.console import console, name_column
from support.errors import InputError
from support.paths import BUILD

NAMES = ("golden", "simulator", "training", "cochlea", "fabric", "delgrad", "sweep")
"""Modules with a function ``ratios(repeats)``: by name, a ratio for each repeat."""
REPEATS = 5


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, store, compare; 1 if a ratio fell, 2 for a mistake."""
    parser = argparse.ArgumentParser(description="ratios of all benchmarks, compared with the last run")
    parser.add_argument("--repeats", type=int, default=REPEATS)
    parser.add_argument("--only", nargs="+", choices=NAMES, default=list(NAMES), metavar="NAME",
                        help=f"of {', '.join(NAMES)}")  # fmt: skip
    parser.add_argument("--folder", type=Path, default=BUILD / "bench")
    options = parser.parse_args(arguments)
    if options.repeats < 2:
        parser.error("--repeats must be at least 2: one value has no spread")
    note_command(["python", "-m", "benchmarks.run", *(sys.argv[1:] if arguments is None else arguments)], program="")
    try:
        return _run(options.only, options.repeats, options.folder)
    except InputError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2


def _run(names: Sequence[str], repeats: int, folder: Path) -> int:
    path = folder / f"{commit_name()}.json"
    before = ratios.last(folder, path)
    known = ratios.read(before)[1] if before else {}
    found: dict[str, list[float]] = {}
    shown = console()
    for name in names:
        shown.print(f"{name}: {repeats} times")
        found |= import_module(f"benchmarks.{name}").ratios(repeats)
    changes = ratios.changes(found, known)
    write_json(path, ratios.content(found, time.time()))
    shown.print(table(changes, before.stem if before else "no run"))
    shown.print(f"stored: {path}", soft_wrap=True)
    fallen = [change for change in changes if change.fell]
    for change in fallen:
        assert change.before is not None
        shown.print(f"FELL: {change.name}: {change.now.middle:.3g} after {change.before.middle:.3g}, noise "
                    f"{change.noise:.2g}", soft_wrap=True)  # fmt: skip
    return int(bool(fallen))


def table(changes: Sequence[ratios.Change], before: str) -> Table:
    """Each ratio beside what it was."""
    shown = Table(name_column("ratio, more is better"))
    for title in ("median", "spread", f"in {before}", "change", ""):
        shown.add_column(title, justify="right")
    for change in changes:
        was = change.before
        shown.add_row(
            change.name, f"{change.now.middle:.3g}", f"{change.now.spread:.2g}", f"{was.middle:.3g}" if was else "-",
            f"{change.now.middle / was.middle - 1:+.1%}" if was else "-", "FELL" if change.fell else "",
        )  # fmt: skip
    return shown


if __name__ == "__main__":
    sys.exit(main())
