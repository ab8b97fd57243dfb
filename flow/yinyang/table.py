# SPDX-License-Identifier: Apache-2.0
"""The Yin-Yang table: trains what is missing, measures the test set once a run, writes the report after each row."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from flow.run.report import write_json
from flow.yinyang.rows import ROWS, Accuracy, OnHardware, Row, RowSpec
from support.console import name_column
from support.jobs import job_count
from train.delgrad.config import load_delgrad
from train.delgrad.run import evaluate_run, train

SEEDS, QUICK_SEEDS = (0, 1, 2, 3, 4), (0,)
QUICK_EPOCHS = 6
Hardware = Callable[[RowSpec, Sequence[Path]], OnHardware]
"""Runs a row's networks, given by their run folders, on the core."""


def float_only(spec: RowSpec, folders: Sequence[Path]) -> OnHardware:
    """Nothing is run on the core."""
    return OnHardware()


def make_table(output: Path, folder: Path, *, quick: bool = False, jobs: int | None = None, shown: Console,
               hardware: Hardware = float_only, rows: Sequence[RowSpec] = ROWS) -> dict[str, Any]:  # fmt: skip
    """Train every row into ``folder``/NAME-sN, measure, and write ``output``; returns what is in it.

    ``quick``: one seed and a few epochs. ``jobs``: runs side by side (default: one a processor). Runs that are complete
    are taken as they are, one that was stopped goes on. Raises InputError for folders of other configurations.
    """
    seeds, epochs = (QUICK_SEEDS, QUICK_EPOCHS) if quick else (SEEDS, None)
    jobs = job_count(jobs)
    folders = {
        (spec, seed): folder / load_delgrad(spec.config, seed=seed, epochs=epochs).name
        for spec in rows for seed in seeds
    }  # fmt: skip
    found: list[Row] = []
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        tasks = {pool.submit(_run, spec.config, seed, epochs, folders[spec, seed]): (spec, seed)
                 for seed in seeds for spec in rows}  # fmt: skip
        try:
            left = {spec: set(seeds) for spec in rows}
            scores: dict[tuple[RowSpec, int], float] = {}
            for done, task in enumerate(as_completed(tasks), start=1):
                spec, seed = tasks[task]
                scores[spec, seed] = task.result()
                shown.print(f"{done}/{len(tasks)}  {spec.title}, seed {seed}: {scores[spec, seed]:.2%}")
                left[spec].discard(seed)
                if not left[spec]:
                    mine = [scores[spec, each] for each in seeds]
                    on_core = hardware(spec, [folders[spec, each] for each in seeds])
                    found.append(_row(spec, seeds, mine, on_core))
                    write_json(output, report([each for row in rows for each in found if _is(each, row)]))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    content = report([each for row in rows for each in found if _is(each, row)])
    write_json(output, content)
    return content


def report(rows: Sequence[Row]) -> dict[str, Any]:
    """The content of yinyang.json."""
    keys = ("network", "delays", "noise", "seeds", "accuracy_float", "accuracy_golden", "accuracy_rtl", "in_loop",
            "chips", "mismatches", "memory")  # fmt: skip
    return {"rows": [{key: asdict(row)[key] for key in keys} for row in rows]}


def as_table(content: dict[str, Any]) -> Table:
    """The report for people."""
    table = Table(name_column("network"), "delays", "noise", title="Yin-Yang, test set")
    for title in ("float", "mapped", "golden", "RTL", "chips", "worst chip"):
        table.add_column(title, justify="right")
    for row in content["rows"]:
        before = (row["in_loop"] or {}).get("accuracy_before")
        chips = (row["chips"] or {}).get("accuracy_golden")
        scores = (row["accuracy_float"], before, row["accuracy_golden"], row["accuracy_rtl"], chips)
        cells = ["" if value is None else f"{value['mean']:.2%} ± {value['std']:.2%}" for value in scores]
        table.add_row(row["network"], row["delays"], row["noise"], *cells, f"{chips['min']:.2%}" if chips else "")
    return table


def _run(config: Path, seed: int, epochs: int | None, folder: Path) -> float:
    """Train, unless that is done, and measure the test set; the accuracy."""
    with open(os.devnull, "w") as nowhere:
        train(config, seed=seed, epochs=epochs, run_folder=folder, console=Console(file=nowhere))
    score: float = evaluate_run(folder, "test")["accuracy"]
    return score


def _row(spec: RowSpec, seeds: Sequence[int], scores: Sequence[float], on_core: OnHardware) -> Row:
    # Not asdict: the accuracies stay what they are.
    rest = {name: getattr(on_core, name) for name in OnHardware.__dataclass_fields__}
    return Row(
        network=spec.network, delays=spec.delays, noise=spec.noise, seeds=list(seeds),
        accuracy_float=Accuracy.of(scores), **rest,
    )  # fmt: skip


def _is(row: Row, spec: RowSpec) -> bool:
    return (row.network, row.delays, row.noise) == (spec.network, spec.delays, spec.noise)
