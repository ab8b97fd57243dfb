# SPDX-License-Identifier: Apache-2.0
"""A DelGrad run as the command line starts it: train into a run folder, sum it up, look at the test set once."""

import hashlib
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from rich.console import Console

from data.yinyang import CLASSES, Split
from support.console import console as plain_console
from support.errors import InputError
from support.files import make_folder, write_atomic
from support.outputs import refuse_overwriting
from train.delgrad.config import DelGradConfig, load_delgrad
from train.delgrad.evaluate import DRAWS, Samples, accuracy, predictions, tolerance
from train.delgrad.fit import Fit, config_of, load_state
from train.delgrad.network import DelGradNetwork
from train.delgrad.noise import Chip
from train.loop.checkpoint import CHECKPOINT, FLOAT
from train.loop.metrics import METRICS, EpochMetrics
from train.ops.process import torch_threads
from train.report.board import BOARD, Board
from train.report.summary import SUMMARY, SummaryContent, SummaryTable, write_summary

CONFIG = "config.json"
FILES = (CONFIG, METRICS, CHECKPOINT, FLOAT, SUMMARY, "test.json", "validation.json")
"""What the folder of a run holds, besides its log."""
EVERY = 10
"""Epochs between lines on the console."""


def train(config_path: str | Path, *, resume: bool = True, run_folder: str | Path | None = None,
          seed: int | None = None, device: str | None = None, epochs: int | None = None,
          console: Console | None = None) -> Path:  # fmt: skip
    """Train as a TOML file says and return the run folder (``runs/<name>`` unless given).

    ``seed``: instead of the file's; it becomes a part of the name. ``device``, ``epochs``: instead of the file's.
    A run that was killed goes on from its last whole epoch and ends as if it had not been; ``resume`` False starts
    anew. The folder holds the configuration, metrics.jsonl, the TensorBoard log, checkpoint.pt (the whole state),
    float.pt (the network) and summary.html. Raises InputError for a wrong configuration and a folder of another one.
    """
    config = load_delgrad(Path(config_path), seed=seed, device=device, epochs=epochs)
    folder = Path(run_folder) if run_folder else Path("runs") / config.name
    return train_config(config, folder, resume=resume, console=console)


def train_config(config: DelGradConfig, folder: Path, *, resume: bool = True, console: Console | None = None) -> Path:
    """Train as a configuration says, into ``folder``, which comes back; otherwise as ``train``."""
    refuse_overwriting(folder / name for name in FILES)
    with torch_threads(config.training.threads):
        _train(config, folder, resume, console or plain_console())
    return folder


def _train(config: DelGradConfig, folder: Path, resume: bool, console: Console) -> None:
    make_folder(folder)
    if not resume:
        for name in FILES:
            (folder / name).unlink(missing_ok=True)
    fit = Fit(config, folder)
    if fit.resume():
        console.print(f"{folder}: goes on after {fit.epoch} epochs")
    else:
        fit.begin()
    write_atomic(folder / CONFIG, (config.model_dump_json(indent=2) + "\n").encode())
    with Board(folder / BOARD, [each.record() for each in fit.metrics]) as board:

        def report(metrics: EpochMetrics) -> None:
            board.log(metrics.record())
            if metrics.epoch % EVERY == 0 or metrics.epoch == metrics.epochs:
                console.print(_line(metrics))

        fit.run(report)
    network = fit.kept.cpu()
    buffer = io.BytesIO()
    torch.save({"config": config.model_dump_json(), "network": network.state_dict()}, buffer)
    write_atomic(folder / FLOAT, buffer.getvalue())
    page = write_summary(folder, _content(config, network, fit.metrics))
    console.print(f"trained: {folder}; {page} sums it up")


def load_run(folder: Path) -> tuple[DelGradConfig, DelGradNetwork]:
    """Configuration and network, on the CPU, of a run that is complete. Raises InputError for anything else."""
    path = folder / FLOAT
    state = load_state(path)
    if state is None:
        raise InputError(f"{folder}: no {FLOAT}; expected the folder of a complete run")
    config = config_of(state, path)
    network = DelGradNetwork(config.input.axons, len(CLASSES), config)
    try:
        network.load_state_dict(state["network"])
    except (KeyError, RuntimeError):
        raise InputError(f"{path}: damaged; train anew (--fresh)") from None
    return config, network


def chip_of(config: DelGradConfig, network: DelGradNetwork) -> Chip | None:
    """The chip that a run was trained for; None: it knows no disturbance."""
    return Chip(config.noise, network.sizes, config.training.seed) if config.noise.disturbs else None


def evaluate_run(folder: Path, split: Split) -> dict[str, Any]:
    """Accuracy of a complete run on a set, on the chip that it was trained for; kept in <split>.json of its folder.

    The file names the network that was measured, so that it counts only for that one.
    """
    path = folder / f"{split}.json"
    config, network = load_run(folder)
    mark = hashlib.sha256((folder / FLOAT).read_bytes()).hexdigest()
    try:
        known: dict[str, Any] = json.loads(path.read_text())
        if known["network_sha256"] == mark:
            return known
    except (OSError, ValueError, KeyError, TypeError):
        pass
    samples = Samples(split, config)
    chip = chip_of(config, network)
    with torch_threads(config.training.threads):
        score = accuracy(network, samples, chip)
    result = {
        "split": split, "samples": len(samples.labels), "accuracy": score, "draws": DRAWS if chip else 1,
        "network_sha256": mark,
    }  # fmt: skip
    write_atomic(path, (json.dumps(result, indent=2) + "\n").encode())
    return result


def _content(config: DelGradConfig, network: DelGradNetwork, metrics: list[EpochMetrics]) -> SummaryContent:
    samples = Samples("validation", config)
    found = predictions(network, samples, chip_of(config, network))
    counts = np.zeros((len(CLASSES), len(CLASSES)), np.int64)
    there = found >= 0
    np.add.at(counts, (samples.labels.numpy()[there], found[there]), 1)
    rows = [
        (kind.replace("_", " "), *(f"{level:g}: {score:.1%}" for level, score in scores))
        for kind, scores in tolerance(network, config, samples).items()
    ]
    note = "Validation accuracy with one kind of disturbance at a time, mean of 10 chips. Thresholds: share of the "
    return SummaryContent(
        name=config.name, configuration=config.model_dump(mode="json"), metrics=metrics, confusion=counts,
        confusion_of=f"{int(there.sum())} validation samples in which an output neuron fires", labels=CLASSES,
        results={"validation": {
            "accuracy": accuracy(network, samples, chip_of(config, network)),
            "hidden_spikes": metrics[-1].validation_spikes[0] if metrics and metrics[-1].validation_spikes else 0.0,
        }},
        tables=[SummaryTable(
            title="Disturbances", note=note + "nominal one; delays: time constants.",
            titles=("kind", "none", *(f"strength {k}" for k in range(1, len(rows[0]) - 1))), rows=rows,
        ), _delays(network)],
    )  # fmt: skip


def _delays(network: DelGradNetwork) -> SummaryTable:
    def shown(values: NDArray[Any]) -> tuple[str, str, str]:
        if not values.size:
            return "", "", ""
        return f"{values.min():.2f}", f"{np.median(values):.2f}", f"{values.max():.2f}"

    rows, measure = [], ("least", "median", "largest")
    for k, layer in enumerate(network.stack, start=1):
        things: dict[str, Callable[[], torch.Tensor]] = {
            "weights": layer.effective_weights, "delays": layer.delays.effective,
        }  # fmt: skip
        for name, values in things.items():
            rows.append((f"{name}, layer {k}", *shown(values().detach().numpy())))
    return SummaryTable(title="Weights and delays", titles=("", *measure), rows=rows)


def _line(metrics: EpochMetrics) -> str:
    return (
        f"{metrics.epoch:>4}/{metrics.epochs}  loss {metrics.loss:.4f}  train {metrics.train_accuracy:.3f}  "
        f"validation {metrics.validation_accuracy or 0:.3f}  {metrics.seconds:.2f} s"
    )
