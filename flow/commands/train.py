"""``chronaxie train`` and ``quantise``: from recordings to an image. They alone need torch."""

from enum import StrEnum
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer

from flow.commands.options import JsonOption
from flow.report import write_json
from model.errors import InputError


class Split(StrEnum):
    """Samples that accuracy is measured on."""

    VALIDATION = "validation"
    TEST = "test"


def _training() -> Any:
    """The module ``train.run``. Raises InputError where torch is not installed."""
    try:
        return import_module("train.run")
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] in ("torch", "tensorboard"):
            raise InputError(
                f"training needs {error.name}: run `make all`, or pip install 'chronaxie[train]'"
            ) from None
        raise


def train(
    config: Annotated[Path, typer.Argument(metavar="CONFIG", help="What to train, as TOML (see train/configs/).")],
    folder: Annotated[
        Path | None, typer.Option("--folder", metavar="FOLDER", help="Of the run (default: runs/<its name>).")
    ] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Start anew instead of going on with the folder.")] = False,
) -> None:
    """Train a network; a run that was stopped goes on where it was."""
    _training().train(config, resume=not fresh, run_folder=folder)


def quantise(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="The folder of a training run.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="IMAGE", help="The image (default: in the folder).")
    ] = None,
    weight_bits: Annotated[int, typer.Option(min=2, max=8, help="Bits of a weight.")] = 8,
    evaluate: Annotated[
        Split | None, typer.Option(help="Accuracy, float and quantised; look at the test set once, at the end.")
    ] = None,
    json: JsonOption = None,
) -> None:
    """Turn a trained network into integers and an image, and say what that costs in accuracy."""
    training = _training()
    training.quantise(folder, out=output, weight_bits=weight_bits)
    if evaluate or json:
        split = evaluate or Split.VALIDATION
        result = training.evaluate_run(folder, split=str(split), weight_bits=weight_bits)
        if json:
            write_json(json, result)
