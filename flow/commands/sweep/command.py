# SPDX-License-Identifier: Apache-2.0
"""``chronaxie sweep``: many simulations, trainings and builds, on this machine or on any Dask scheduler's workers."""

import time
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from flow.commands.options import BUILD, OUTPUT, JobsOption, JsonOption, RunFailed, progress_bar
from flow.run.report import check_json, write_json
from support.console import console, one_line
from support.errors import InputError
from support.files import make_folder
from support.jobs import job_count

EXTRA = {"dask", "distributed", "matplotlib", "psutil", "pyarrow"}
"""What sweeps need and nothing else in the base does."""


def sweep(
    *,
    spec: Annotated[Path, typer.Argument(metavar="SPEC", help="What to run, as TOML (see examples/sweeps/).")],
    scheduler: Annotated[
        str | None,
        typer.Option("--scheduler", metavar="ADDRESS", help="Of a Dask scheduler, as in tcp://host:8786 (default: "
                     "processes of this machine)."),
    ] = None,
    jobs: JobsOption = None,
    folder: Annotated[
        Path | None,
        typer.Option("--folder", metavar="FOLDER", help="Where results are kept (default: build/sweeps/<its name>)."),
        OUTPUT,
    ] = None,
    plot: Annotated[
        Path | None, typer.Option("--plot", metavar="FILE", help="Draw the Pareto fronts (.png or .svg)."), OUTPUT
    ] = None,
    json: JsonOption = None,
) -> None:  # fmt: skip
    """Run every task of a sweep: simulations, cost models, builds, trainings, functions of your own.

    Results are kept by the content of all that decides them, a row each in one Parquet data set: a sweep that was
    stopped goes on, and what is there is not run again. A task that crashes, hangs or takes too much memory is tried
    again, then reported; the others go on. Exit status 1 if any failed.
    """
    module = _sweeps("flow.sweep.spec")
    wanted = module.load_spec(spec)
    check_json(json)
    if plot is not None:
        if not wanted.pareto:
            raise InputError(f"--plot: {spec} has no [[pareto]] to draw")
        import_module("flow.run.noise_plot").check_plot(plot)
    if scheduler is not None and jobs is not None:
        raise InputError("--jobs is for this machine; a scheduler has the workers that it has")
    count = job_count(jobs)
    tasks = import_module("flow.sweep.task").tasks_of(wanted)
    place = make_folder(folder or BUILD / "sweeps" / wanted.name)
    start = time.monotonic()
    outcome = _run(wanted.name, tasks, place, scheduler, count)
    seconds = time.monotonic() - start
    done = outcome.of("done")
    pareto = import_module("flow.sweep.pareto")
    fronts = [pareto.front(each, done) for each in wanted.pareto]
    report = import_module("flow.sweep.report")
    if json:
        write_json(json, report.content(wanted.name, outcome, fronts, seconds=seconds))
    shown = console()
    shown.print(report.table(wanted.name, outcome, fronts))
    shown.print(f"results: {place / 'rows'} (Parquet, a file a task)", soft_wrap=True)
    if plot is not None:
        import_module("flow.sweep.plots").save(plot, wanted.name, fronts)
        shown.print(f"picture: {plot}", soft_wrap=True)
    failed = outcome.of("failed")
    if failed:
        raise RunFailed(f"{len(failed)} of {len(tasks)} tasks failed, the first one: {one_line(failed[0]['error'])}")


def _run(name: str, tasks: list[Any], folder: Path, scheduler: str | None, jobs: int) -> Any:
    run = import_module("flow.sweep.run")
    left = len(run.unfinished(tasks, folder))
    if not left:
        return run.run(tasks, folder, None)
    shown: Console = console(stderr=True)
    where = f"{jobs} workers of this machine" if scheduler is None else scheduler
    with (
        import_module("flow.sweep.cluster").workers(scheduler, min(jobs, left)) as client,
        progress_bar(shown) as progress,
    ):
        bar = progress.add_task(f"{name} on {where}", total=len(tasks), completed=len(tasks) - left)
        try:
            return run.run(tasks, folder, client, lambda _: progress.advance(bar))
        except run.SchedulerLost:
            raise RunFailed(f"{where}: the scheduler is gone; the same command goes on with what is left") from None


def _sweeps(module: str) -> Any:
    """A module of sweeps. Raises InputError where what they need is not installed."""
    for name in sorted(EXTRA):
        try:
            import_module(name)
        except ModuleNotFoundError:
            raise InputError(f"sweeps need {name}: run `make all`, or pip install -e '.[sweep]'") from None
    return import_module(module)
