# SPDX-License-Identifier: Apache-2.0
"""``chronaxie results``: what finished training runs came to on the test set."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from flow.commands.options import JsonOption
from flow.commands.train import refuse_files_of, training
from flow.run.report import check_json, write_json
from support.console import console, name_column


def results(
    *,
    folders: Annotated[list[Path], typer.Argument(metavar="RUN...", help="Folders of runs, the seeds of one network.")],
    json: JsonOption = None,
) -> None:
    """Measure finished runs on their test set, all samples, the golden model against torch spike for spike.

    Cycles are those of 100 samples, spread over the test set.
    """
    refuse_files_of(folders, json)
    check_json(json)
    module = training("train.report.results")
    module.require_one_network(folders)
    measured = [module.measure(folder) for folder in folders]
    total = module.summary(measured)
    if json:
        write_json(json, {"runs": [asdict(each) for each in measured], **asdict(total)})
    table = Table(name_column("run"))
    for title in ("float", "integers = golden", "synapses", "image bytes", "lane fill", "spikes", "synaptic operations",
                  "cycles, ring", "cycles, bitmap"):  # fmt: skip
        table.add_column(title, justify="right")
    for each in measured:
        table.add_row(
            each.run, f"{each.accuracy_float:.2%}", f"{each.accuracy:.2%}", f"{each.synapses:,}",
            f"{each.image_bytes:,}", f"{each.lane_fill:.1%}", " ".join(f"{x:,.0f}" for x in each.spikes),
            f"{each.synaptic_operations:,.0f}", *(f"{x:,.0f}" for x in each.cycles.values()),
        )  # fmt: skip
    if len(measured) > 1:
        spread = [
            f"{middle:.2%} ± {spread:.2%}"
            for middle, spread in (
                (total.accuracy_float_mean, total.accuracy_float_spread), (total.accuracy_mean, total.accuracy_spread),
            )
        ]  # fmt: skip
        table.add_row("mean ± spread", *spread, *[""] * 7)
    width = f"± {total.accuracy_interval:.2%}"
    table.add_row(f"95 % interval of {measured[0].samples:,} samples", "", width, *[""] * 7)
    console().print(table)
