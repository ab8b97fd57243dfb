# SPDX-License-Identifier: Apache-2.0
"""``chronaxie faults``: what faults of memories and events cost trained networks."""

from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer

from flow.commands.options import (
    BUILD,
    DATA,
    IMAGE,
    OUTPUT,
    DataOption,
    JsonOption,
    RunFailed,
    SamplesOption,
    progress_bar,
    sample_count,
)
from flow.faults.report import QUICK_SAMPLES, QUICK_SEEDS, SAMPLES, SEEDS, Request, measure, report, tables
from flow.run.report import check_json, write_json
from support.console import console
from support.errors import InputError


def faults(
    *,
    images: Annotated[
        list[Path] | None, typer.Argument(metavar="IMAGES", help=f"Images of networks (.chx; default: {IMAGE}).")
    ] = None,
    data: DataOption = DATA,
    samples: SamplesOption = None,
    seeds: Annotated[int | None, typer.Option(min=1, metavar="N", help="Draws at each rate (default: 3).")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of all that is drawn at random.")] = 0,
    quick: Annotated[bool, typer.Option("--quick", help="Fewer recordings, draws and rates: minutes.")] = False,
    plot: Annotated[Path | None, typer.Option("--plot", metavar="FILE", help="Draw the curves (.png)."), OUTPUT] = None,
    json: JsonOption = None,
) -> None:
    """Accuracy over the rate of faults, memory by memory and delay unit by delay unit, checked in RTL in part.

    Recordings are spread evenly over the file: 60 of them, or as many as --samples says. A stopped run goes on.
    """
    check_json(json)
    if plot is not None:
        if plot.suffix != ".png":
            raise InputError(f"{plot}: expected a picture that ends in .png")
        import_module("flow.run.noise_plot").check_plot(plot)
    count = (QUICK_SAMPLES if quick else SAMPLES) if samples is None else sample_count(samples)
    request = Request(
        images=images or [IMAGE], data=data, samples=count, seeds=seeds or (QUICK_SEEDS if quick else SEEDS), seed=seed,
        quick=quick, work=BUILD / "faults",
    )  # fmt: skip
    with progress_bar(console(stderr=True)) as bar:

        def part(what: str, total: int) -> object:
            task = bar.add_task(what, total=total)
            return lambda: bar.advance(task)

        networks = measure(request, part)  # type: ignore[arg-type]
    if json:
        write_json(json, report(request, networks))
    if plot:
        import_module("flow.faults.plots").save(plot, networks)
    shown = console()
    for table in tables(networks):
        shown.print(table)
    wrong = [f"{network.name}, {each.unit}: {each.first}" for network in networks for each in network.verified
             if each.first]  # fmt: skip
    if wrong:
        raise RunFailed(f"RTL and golden model differ: {wrong[0]}")
