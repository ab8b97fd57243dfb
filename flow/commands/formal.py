# SPDX-License-Identifier: Apache-2.0
"""``chronaxie formal``: proofs of the RTL."""

from typing import Annotated

import typer

from flow.commands.options import BUILD, JobsOption, JsonOption, RunFailed
from flow.verify.formal import run_formal
from support.console import console
from support.jobs import job_count


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
