# SPDX-License-Identifier: Apache-2.0
"""``chronaxie evaluate``: the accuracy of an image, and how much disturbance it bears."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text

from flow.commands.golden import golden_table
from flow.commands.options import DATA, OUTPUT, CsvOption, DataOption, JsonOption, SamplesOption, sample_count
from flow.run.evaluate import LEVELS, Evaluation, Noise, NoisePoint, noise_report, noise_table, play, sweep
from flow.run.outcomes import write_outcomes
from flow.run.report import check_json, write_json
from support.console import console
from support.errors import InputError


def evaluate(
    *,
    image: Annotated[Path, typer.Argument(metavar="IMAGE", help="Image of a network (.chx).")],
    data: DataOption = DATA,
    samples: SamplesOption = None,
    noise: Annotated[
        bool, typer.Option("--noise", help="Sweep each disturbance of network and events against accuracy.")
    ] = False,
    kinds: Annotated[
        list[Noise] | None, typer.Option("--kind", help="Sweep this disturbance alone; may be given several times.")
    ] = None,
    levels: Annotated[
        list[float] | None, typer.Option("--level", help="Instead of the levels set for a --kind; several times.")
    ] = None,
    seeds: Annotated[int, typer.Option(min=1, metavar="N", help="Draws at each level.")] = 3,
    seed: Annotated[int, typer.Option(min=0, help="Of all that is drawn at random.")] = 0,
    plot: Annotated[
        Path | None, typer.Option("--plot", metavar="FILE", help="Draw the sweep (.png or .svg)."), OUTPUT
    ] = None,
    json: JsonOption = None,
    csv: CsvOption = None,
) -> None:
    """Accuracy of an image on recordings, by the golden model; with --noise, how much disturbance it bears."""
    if not noise and (kinds or levels or plot):
        raise InputError("--kind, --level and --plot belong to a sweep: give --noise as well")
    if levels and len(kinds or ()) != 1:
        raise InputError("--level belongs to one disturbance: give one --kind as well")
    check_json(json)
    check_json(csv)
    save = _plotter(plot) if plot else None
    run = play(image, data, sample_count(samples))
    report = {**asdict(run.report()), "classes": run.by_class(), "speakers": run.by_speaker()}
    shown = console()
    table = golden_table(run)
    for title, shares in (("class", report["classes"]), ("speaker", report["speakers"])):
        if not shares:
            continue
        weakest = min(shares, key=lambda name: shares[name])
        table.add_row(f"weakest {title}", Text(f"{weakest} {shares[weakest]:.1%}"))
    points: list[NoisePoint] = []
    if noise:
        # Level 0 is in every sweep.
        chosen = {kind: sorted({*levels} - {0}) if levels else LEVELS[kind] for kind in dict.fromkeys(kinds or Noise)}
        points = _sweep(run, chosen, seeds, seed)
        report["noise"] = noise_report(points, seeds, seed)
    if json:
        write_json(json, report)
    if csv:
        write_outcomes(csv, {"": run.report().recordings})
    if save and plot:
        save(plot, f"{run.image} on {run.samples.name}, {len(run.samples):,} samples", points)
    shown.print(table)
    if noise:
        shown.print(noise_table(points))
    if plot:
        shown.print(f"plot: {plot}", soft_wrap=True)


def _sweep(run: Evaluation, levels: Mapping[Noise, Sequence[float]], seeds: int, seed: int) -> list[NoisePoint]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    on = console(stderr=True)
    with Progress(*columns, console=on, transient=True, disable=not on.is_terminal) as progress:
        task = progress.add_task("disturbing", total=seeds * sum(map(len, levels.values())))
        return sweep(run, levels, seeds=seeds, seed=seed, progress=lambda: progress.advance(task))


def _plotter(path: Path) -> Callable[..., Any]:
    """What draws the sweep, after a look at the place. Raises InputError, also where matplotlib is missing."""
    try:
        module = import_module("flow.run.noise_plot")
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] != "matplotlib":
            raise
        raise InputError("--plot needs matplotlib: run `make all`, or pip install -e '.[report]'") from None
    module.check_plot(path)
    save: Callable[..., Any] = module.save_plot
    return save
