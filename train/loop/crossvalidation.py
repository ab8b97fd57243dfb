# SPDX-License-Identifier: Apache-2.0
"""Leave-speakers-out cross-validation: how a configuration does on speakers that it has not heard."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

import numpy as np
from rich.console import Console
from rich.table import Table

from support.console import console as plain_console
from support.errors import InputError
from support.files import make_folder, write_atomic
from train.config.run import load_config
from train.data.dataset import IntArray, load_spikes
from train.loop.accuracy import evaluate_run
from train.loop.run import train_config

RESULT = "crossvalidation.json"


@dataclass(frozen=True, kw_only=True)
class Fold:
    """A run without some speakers, and how it does on them."""

    speakers: Sequence[int]
    samples: int
    accuracy_float: float
    accuracy_quantised: float


@dataclass(frozen=True, kw_only=True)
class Spread:
    """Mean of the folds, and standard deviation (of a sample: n-1)."""

    mean: float
    spread: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Self:
        """That of at least two values."""
        return cls(mean=float(np.mean(values)), spread=float(np.std(values, ddof=1)))


@dataclass(frozen=True, kw_only=True)
class CrossValidation:
    """All folds of a configuration; its fields are those of crossvalidation.json."""

    name: str
    folds: Sequence[Fold]
    accuracy_float: Spread
    accuracy_quantised: Spread


def deal(speakers: IntArray, folds: int, seed: int) -> list[tuple[int, ...]]:
    """The speakers in groups of nearly equal size, drawn by the seed; InputError for more groups than speakers."""
    known = np.unique(speakers)
    if not 2 <= folds <= len(known):
        raise InputError(f"folds must be in 2..{len(known)}, the number of speakers, not {folds}")
    order = np.random.default_rng(seed).permutation(known)
    return [tuple(sorted(order[k::folds].tolist())) for k in range(folds)]


def crossvalidate(config_path: str | Path, *, folds: int = 5, seed: int | None = None,
                  run_folder: str | Path | None = None, console: Console | None = None) -> CrossValidation:  # fmt: skip
    """Train once for each group of speakers without it, and measure on that group.

    ``seed``: instead of the file's; it deals the speakers too. The runs lie in ``run_folder`` (``runs/<name>-folds``
    unless given) as fold1, fold2, ..; each is resumed like any run, and one that is complete is only measured. Returns
    what is written to crossvalidation.json there: speakers and accuracies of each fold, their mean and their standard
    deviation (of a sample: n-1).
    """
    console = console or plain_console()
    config = load_config(Path(config_path), seed=seed)
    spikes = load_spikes(config.data.train, config.data.cache, config.encoding.build())
    groups = deal(spikes.speakers, folds, config.training.seed)
    base = make_folder(run_folder or Path("runs") / f"{config.name}-folds")
    done = []
    for k, group in enumerate(groups):
        data = config.data.model_copy(update={"validation_speakers": group})
        fold = config.model_copy(update={"name": f"{config.name}-fold{k + 1}of{folds}", "data": data})
        folder = train_config(fold, base / f"fold{k + 1}", console=console)
        seen = evaluate_run(folder, split="validation", console=console)
        done.append(Fold(
            speakers=group, samples=seen.samples, accuracy_float=seen.accuracy_float,
            accuracy_quantised=seen.accuracy_quantised,
        ))  # fmt: skip
    result = CrossValidation(
        name=config.name, folds=done,
        accuracy_float=Spread.of([each.accuracy_float for each in done]),
        accuracy_quantised=Spread.of([each.accuracy_quantised for each in done]),
    )  # fmt: skip
    write_atomic(base / RESULT, (json.dumps(asdict(result), indent=2) + "\n").encode())
    return result


def result_table(result: CrossValidation) -> Table:
    """What ``crossvalidate`` found, for people."""
    table = Table(title=f"{result.name}: on speakers left out")
    for name in ("speakers", "samples", "real numbers", "integers"):
        table.add_column(name, justify="left" if name == "speakers" else "right")
    for fold in result.folds:
        shares = (f"{share:.2%}" for share in (fold.accuracy_float, fold.accuracy_quantised))
        table.add_row(", ".join(map(str, fold.speakers)), str(fold.samples), *shares)
    table.add_section()
    summary = (f"{each.mean:.2%} ± {each.spread:.2%}" for each in (result.accuracy_float, result.accuracy_quantised))
    table.add_row("mean and spread", "", *summary)
    return table
