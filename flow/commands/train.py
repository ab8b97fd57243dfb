# SPDX-License-Identifier: Apache-2.0
"""``chronaxie train``, ``quantise`` and others that train. They alone need torch."""

from collections.abc import Sequence
from dataclasses import asdict
from enum import StrEnum
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer

from flow.commands.options import BUILD, OUTPUT, JobsOption, JsonOption
from flow.run.report import check_json, write_json
from model.limits import WEIGHT_BITS
from support.caches import numba_cache
from support.console import console
from support.errors import InputError
from support.outputs import refuse_overwriting

EXTRA = {"jinja2", "matplotlib", "numba", "tensorboard", "torch"}
"""What training needs and nothing else does."""

YINYANG = BUILD / "reports" / "yinyang.json"


class Split(StrEnum):
    """Samples that accuracy is measured on."""

    VALIDATION = "validation"
    TEST = "test"


def training(module: str = "train.loop.run") -> Any:
    """A module that needs torch. Raises InputError where torch is not installed."""
    numba_cache()
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] in EXTRA:
            raise InputError(f"training needs {error.name}: run `make all`, or pip install -e '.[train]'") from None
        raise


def refuse_files_of(folders: Sequence[Path], *outputs: Path | None) -> None:
    """InputError for an output that would take the place of a file of a run."""
    names = training().FILES
    refuse_overwriting(filter(None, outputs), (folder / name for folder in folders for name in names))


def train(
    config: Annotated[Path, typer.Argument(metavar="CONFIG", help="What to train, as TOML (see train/configs/).")],
    folder: Annotated[
        Path | None, typer.Option("--folder", metavar="FOLDER", help="Of the run (default: runs/<its name>)."), OUTPUT
    ] = None,
    seed: Annotated[
        int | None, typer.Option(min=0, metavar="N", help="Instead of the configuration's; the name gets -sN.")
    ] = None,
    device: Annotated[
        str | None, typer.Option(metavar="DEVICE", help="cpu, cuda, cuda:N or auto, instead of the configuration's.")
    ] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Start anew instead of going on with the folder.")] = False,
) -> None:
    """Train a network inside its budget and export it; a run that was stopped goes on where it was."""
    training("train.ops.memory").keep_memory()
    training()  # without torch, that is what is missing, whatever the configuration says
    method = training("train.config.method").method_of(config)
    training(str(method)).train(config, resume=not fresh, run_folder=folder, seed=seed, device=device)


def yinyang(
    *,
    quick: Annotated[bool, typer.Option("--quick", help="One seed and a few epochs.")] = False,
    folder: Annotated[
        Path | None,
        typer.Option("--folder", metavar="FOLDER", help="Of the runs (default: runs, or build/yinyang with --quick)."),
        OUTPUT,
    ] = None,
    jobs: JobsOption = None,
    json: JsonOption = YINYANG,
) -> None:
    """Train networks on the Yin-Yang task with DelGrad and measure them; goes on where it was stopped."""
    module, shown = training("flow.yinyang.table"), console()
    json = json or YINYANG
    check_json(json)
    folder = folder or (BUILD / "yinyang" if quick else Path("runs"))
    hardware = import_module("flow.yinyang.hardware")
    on_core = partial(hardware.on_core, **hardware.QUICK if quick else {})
    content = module.make_table(json, folder, quick=quick, jobs=jobs, shown=shown, hardware=on_core)
    shown.print(module.as_table(content))
    shown.print(f"report: {json}")


def crossvalidate(
    *,
    config: Annotated[Path, typer.Argument(metavar="CONFIG", help="What to train, as TOML (see train/configs/).")],
    folds: Annotated[int, typer.Option("--folds", min=2, metavar="N", help="Groups of speakers.")] = 5,
    folder: Annotated[
        Path | None,
        typer.Option("--folder", metavar="FOLDER", help="Of the runs (default: runs/<its name>-folds)."),
        OUTPUT,
    ] = None,
    seed: Annotated[
        int | None, typer.Option(min=0, metavar="N", help="Instead of the configuration's; the name gets -sN.")
    ] = None,
    json: JsonOption = None,
) -> None:
    """Train once for each group of speakers without it, and measure on that group; goes on where it was stopped."""
    check_json(json)
    training("train.ops.memory").keep_memory()
    module = training("train.loop.crossvalidation")
    result = module.crossvalidate(config, folds=folds, seed=seed, run_folder=folder)
    if json:
        write_json(json, asdict(result))
    console().print(module.result_table(result))


def quantise(
    *,
    folder: Annotated[Path, typer.Argument(metavar="RUN", help="The folder of a training run.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="IMAGE", help="The image (default: in the folder)."), OUTPUT
    ] = None,
    weight_bits: Annotated[
        int | None,
        typer.Option(
            min=WEIGHT_BITS.low, max=WEIGHT_BITS.high, metavar="N", help="Round to weights of N bits instead."
        ),
    ] = None,
    ternary: Annotated[bool, typer.Option("--ternary", help="Round to weights -1, 0 and 1 instead.")] = False,
    evaluate: Annotated[
        Split | None, typer.Option(help="Accuracy, float and in integers; look at the test set once, at the end.")
    ] = None,
    json: JsonOption = None,
) -> None:
    """Write the integers of a run as an image, or round its network of real numbers to other weights."""
    refuse_files_of([folder], json)
    check_json(json)
    if json and evaluate is None:
        raise InputError("--json holds what --evaluate measures; expected --evaluate validation or test with it")
    integers = training().quantise(folder, out=output, weight_bits=weight_bits, ternary=ternary)
    if evaluate:
        other = ternary or weight_bits is not None
        result = training("train.loop.accuracy").evaluate_run(
            folder, split=str(evaluate), integers=integers if other else None, console=console(quiet=True)
        )
        if json:
            write_json(json, asdict(result))
        console().print_json(data=asdict(result))
