# SPDX-License-Identifier: Apache-2.0
"""``chronaxie golden``: the golden model alone."""

from dataclasses import asdict

from rich.table import Table

from flow.commands.options import (
    DATA,
    IMAGE,
    CsvOption,
    DataOption,
    ImageOption,
    JsonOption,
    SamplesOption,
    sample_count,
)
from flow.run.evaluate import Evaluation, play
from flow.run.outcomes import write_outcomes
from flow.run.report import check_json, write_json
from flow.run.report import shown as shown_as
from support.console import console, name_column


def golden(
    *, image: ImageOption = IMAGE, data: DataOption = DATA, samples: SamplesOption = None, json: JsonOption = None,
    csv: CsvOption = None,
) -> None:  # fmt: skip
    """Run recordings through the golden model: accuracy, spikes and synaptic operations of an image."""
    check_json(json)
    check_json(csv)
    run = play(image, data, sample_count(samples))
    if json:
        write_json(json, asdict(run.report()))
    if csv:
        write_outcomes(csv, {"": run.report().recordings})
    shown = console()
    shown.print(golden_table(run))
    shown.print(run.samples.line(), soft_wrap=True)


def golden_table(run: Evaluation) -> Table:
    """What the golden model makes of an image, for people."""
    report = run.report()
    table = Table(name_column(f"{run.image} on {run.samples.name}"))
    table.add_column("golden", justify="right")
    for title, key, form in (
        ("samples", "samples", "{:,}"),
        ("accuracy", "accuracy", "{:.2%}"),
        ("input events per sample", "input_events_mean", "{:,.0f}"),
        ("spikes per sample", "spikes_mean", "{:,.0f}"),
        ("synaptic operations per sample", "synaptic_operations_mean", "{:,.0f}"),
        ("samples a second", "samples_per_second", "{:,.0f}"),
    ):
        table.add_row(title, shown_as(form, getattr(report, key)))
    return table
