# SPDX-License-Identifier: Apache-2.0
"""``chronaxie formal``, ``mutation`` and ``coverage``: proofs of the RTL, and how much its benches see and reach."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from flow.commands.options import (
    BUILD,
    JobsOption,
    JsonOption,
    RunFailed,
    UnitOption,
    progress_bar,
    sample_count,
    units,
)
from flow.run.report import check_json, write_json
from flow.verify import coverage as reached
from flow.verify.formal import run_formal
from flow.verify.mutation import SAMPLE, cover
from flow.verify.mutation_report import coverage_table, write_reports
from support.console import console
from support.jobs import job_count
from tb.coverage.collect import merged

MutantsOption = Annotated[
    str | None, typer.Option("--sample", metavar="N|all", help="Mutants of each unit, or all that there are.")
]
SeedOption = Annotated[int, typer.Option("--seed", metavar="N", help="Which mutants are in the sample.")]


def formal(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="NAME", help="What to prove or reject (default: all; * allowed).")
    ] = None,
    *,
    mutants: Annotated[
        bool, typer.Option("--mutants", help="Show that each broken variant is rejected by some proof.")
    ] = False,
    jobs: JobsOption = None,
    json: JsonOption = BUILD / "reports" / "formal.json",
) -> None:
    """Prove the properties of the RTL with SymbiYosys and z3, or reject its broken variants."""
    shown = console(stderr=True)
    good, table = run_formal(names or [], job_count(jobs), mutants=mutants, report=json, progress=shown.print)
    console().print(table)
    if not good:
        raise RunFailed("a broken variant is not rejected" if mutants else "a property is not proven")


def mutation(
    *,
    unit: UnitOption = None,
    sample: MutantsOption = str(SAMPLE),
    seed: SeedOption = 1,
    jobs: JobsOption = None,
    json: JsonOption = BUILD / "reports" / "mutation.json",
) -> None:
    """Put small faults into the Verilog of each delay unit, and see whether its bench in cocotb finds them.

    A survivor is proven to be equivalent by Yosys, or was reviewed (tb/mutation/equivalent.toml), or was missed. Less
    than 98 % of the others killed, or a tool that failed, ends the run with status 1. An interrupted run goes on where
    it was.
    """
    check_json(json)
    count, at_once = sample_count(sample), job_count(jobs)
    found = []
    with progress_bar(console(stderr=True)) as progress:

        def start(name: str, total: int) -> Callable[[], None]:
            return partial(progress.advance, progress.add_task(f"{name}: mutants", total=total))

        for each in units(unit):
            found.append(cover(each, sample=count, seed=seed, jobs=at_once, start=start))
    if json:
        write_reports(json, found, sample=count, seed=seed)
    shown = console()
    shown.print(coverage_table(found))
    for coverage in found:
        for missed in [each for each in coverage.survivors if each.missed]:
            shown.print(f"missed: {missed.build}: {missed.mutant}", soft_wrap=True)
        for failed in coverage.failures:
            shown.print(f"not judged: {failed.build}: {failed.mutant}: {failed.failure}", soft_wrap=True)
        for entry in coverage.stale:
            shown.print(f"tb/mutation/equivalent.toml: {entry}", soft_wrap=True)
    bad = [each for each in found if not each.good]
    if bad:
        raise RunFailed("; ".join(f"{each.unit}: {', '.join(each.shortcomings())}" for each in bad))


def coverage(
    counts: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="Counts of simulations (pytest --coverage=FOLDER).")
    ] = BUILD / "coverage",
    *,
    higher: Annotated[
        bool, typer.Option("--raise", help="Raise the floor to what was reached; it never falls.")
    ] = False,
    json: JsonOption = BUILD / "reports" / "coverage.json",
) -> None:
    """Which branches, toggles and corners of the RTL its benches have reached; `make coverage` runs these first.

    Less than the floor (tb/coverage/floor.toml) ends the run with status 1.
    """
    check_json(json)
    found = reached.cover(merged(counts))
    shares = reached.load_floor(reached.FLOOR)
    bad = reached.below(found, shares)
    if higher and not bad:
        shares = reached.raise_floor(found, reached.FLOOR)
    if json:
        write_json(json, reached.report(found, shares))
    shown = console()
    shown.print(reached.table(found, shares))
    for each in found.missed["corner"]:
        shown.print(f"not met: {each.replace('|', ': ', 1)}", soft_wrap=True)
    if bad:
        raise RunFailed("; ".join(bad))
