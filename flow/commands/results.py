# SPDX-License-Identifier: Apache-2.0
"""``chronaxie results``, ``paper`` and ``report``: what finished runs came to, and all of it on one page."""

from dataclasses import asdict
from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from flow.commands.delay import LibertyOption, stages
from flow.commands.options import (
    BUILD,
    DATA,
    IMAGE,
    OUTPUT,
    DataOption,
    ImageOption,
    JobsOption,
    JsonOption,
    SamplesOption,
    sample_count,
)
from flow.commands.train import refuse_files_of, training
from flow.paper.networks import SEEDS, units
from flow.paper.report import Paper
from flow.paper.request import Request
from flow.run.report import check_json, write_json
from flow.silicon.macros import load_table
from model.config import DelayUnit
from model.delay.registry import DEFAULT
from support.console import console, name_column
from support.errors import InputError
from support.files import make_folder
from support.jobs import job_count
from support.outputs import refuse_overwriting

HD_TEST = BUILD / "hd" / "shd_test.h5"
"""The test set that the configurations of the tables name."""
REPORTS = BUILD / "reports"
"""Where make targets write their reports."""
QUICK_SAMPLES = 20
"""Recordings in RTL of a quick run."""


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


def paper(
    *,
    runs: Annotated[Path, typer.Option("--runs", metavar="FOLDER", help="Where the trained runs are.")] = Path("runs"),
    data: DataOption = HD_TEST,
    samples: SamplesOption = None,
    liberty: LibertyOption = None,
    seeds: Annotated[
        int, typer.Option(metavar="N", min=1, max=len(SEEDS), help="Runs of each network, from seed 0.")
    ] = len(SEEDS),
    quick: Annotated[
        bool, typer.Option("--quick", help="The first seed alone, no synthesis, 20 recordings in RTL.")
    ] = False,
    jobs: JobsOption = None,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FOLDER", help="Where the tables go."), OUTPUT
    ] = REPORTS,
) -> None:
    """Reproduce the tables of arXiv 2404.10597: its networks on one core and on three, beside the published figures.

    Writes paper.json and paper.md with a picture of each table. What was done is kept in build/paper, so a run that was
    stopped goes on.
    """
    measure = training("train.report.results").measure
    page = import_module("flow.paper.page")  # needs matplotlib, as training does
    made = [output / name for name in page.FILES]
    refuse_overwriting(made, [data, *([liberty] if liberty else [])])
    make_folder(output)
    count = QUICK_SAMPLES if quick and samples is None else sample_count(samples)
    request = Request(
        runs=runs, seeds=SEEDS[: 1 if quick else seeds], data=data, samples=count, units=units(), synthesis=not quick,
        liberty=liberty, table=load_table(None), jobs=job_count(jobs), work=BUILD / "paper", measure=measure,
    )  # fmt: skip
    with stages() as listener:
        content = Paper(request, listener).build()
    shown = console()
    written = page.write(output, content)
    shown.print(page.summary(content))
    for path in written:
        shown.print(str(path), soft_wrap=True)


def report(
    *,
    image: ImageOption = IMAGE,
    data: DataOption = DATA,
    sample: Annotated[int, typer.Option(metavar="N", min=0, help="The recording to look at, from 0.")] = 0,
    unit: Annotated[DelayUnit, typer.Option("--unit", help="Delay unit of the RTL that plays it.")] = DEFAULT,
    rtl: Annotated[bool, typer.Option("--rtl/--no-rtl", help="Play it in RTL besides.")] = True,
    cores: Annotated[int, typer.Option(metavar="N", min=1, help="Cores to show the network's neurons on.")] = 3,
    reports: Annotated[
        Path, typer.Option("--reports", metavar="FOLDER", help="Where the reports of the other commands are.")
    ] = BUILD / "reports",
    output: Annotated[Path, typer.Option("--output", metavar="FILE", help="The page."), OUTPUT] = REPORTS
    / "index.html",
) -> None:
    """One page for a browser: what the other commands measured, and one recording to look at, spike by spike.

    Shown is what has been run; of the rest the page says how to run it.
    """
    check_json(output)
    if not reports.is_dir() and (reports.exists() or reports != REPORTS):
        raise InputError(f"{reports}: expected a folder of reports")
    text = import_module("flow.page.build").build(
        image=image, data=data, sample=sample, unit=unit if rtl else None, cores=cores, reports=reports
    )
    import_module("flow.page.page").write_page(output, text)
    console().print(f"page: {output}", soft_wrap=True)
