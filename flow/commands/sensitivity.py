# SPDX-License-Identifier: Apache-2.0
"""``chronaxie sensitivity``: what each group of synapses of a trained network can spare."""

from pathlib import Path
from typing import Annotated

import typer

from flow.commands.options import JsonOption
from flow.commands.train import refuse_files_of, training
from flow.run.report import check_json, write_json
from support.console import console


def sensitivity(
    *,
    folder: Annotated[Path, typer.Argument(metavar="RUN", help="The folder of a training run.")],
    fresh: Annotated[bool, typer.Option("--fresh", help="Measure anew what the folder has already.")] = False,
    json: JsonOption = None,
) -> None:
    """Accuracy of a run when one group of synapses is pruned, rounded to fewer bits, or held to fewer delays."""
    refuse_files_of([folder], json)
    check_json(json)
    report = training().sensitivity_of_run(folder, fresh=fresh, console=console(quiet=True))
    if json:
        write_json(json, report.record())
    console().print(training("train.budget.sensitivity").sensitivity_table(report))
