# SPDX-License-Identifier: Apache-2.0
"""A training run as the command line starts it: train into a run folder, export it, look at the test set once."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from model.encoding import encode
from support.console import console as plain_console
from support.errors import InputError
from support.files import make_folder, write_atomic
from support.outputs import refuse_overwriting
from train.budget.sensitivity import SENSITIVITY, Sensitivity, load_report, save_report, sensitivity, sensitivity_table
from train.config.run import QuantisationConfig, RunConfig, load_config, with_device
from train.data.dataset import IntArray, Spikes, load_events, load_spikes, split_by_speaker
from train.layers.integer import IntegerNetwork
from train.loop.checkpoint import CHECKPOINT, FLOAT, load_start
from train.loop.evaluate import Labelled, time_first
from train.loop.fit import Fit
from train.loop.inputs import INPUTS, check_inputs, files_read, write_inputs
from train.loop.metrics import METRICS, EpochMetrics
from train.loop.stages import stage_table
from train.ops.device import pick_device
from train.ops.process import torch_threads
from train.report.board import BOARD, Board, histograms
from train.report.export import IMAGE, class_names, export, load_float, load_integers, requantise, summarise

CONFIG = "config.json"
OUTPUTS = ("network.npz", "network.chx", "summary.html", "test.json", "validation.json", SENSITIVITY)
"""What is made of a run that is complete."""
FILES = (CONFIG, INPUTS, METRICS, CHECKPOINT, FLOAT, *OUTPUTS)
"""What the folder of a run holds, besides its log."""
CALIBRATION = 512
"""Training samples that give the rates of the sources and the room that potentials need."""


def train(config_path: str | Path, *, resume: bool = True, run_folder: str | Path | None = None,
          seed: int | None = None, device: str | None = None, console: Console | None = None) -> Path:  # fmt: skip
    """Train as a TOML file says and return the run folder (``runs/<name>`` unless given).

    ``seed``: instead of the file's; it becomes a part of the name. ``device``: instead of the file's.

    A run that was killed goes on from its last whole epoch, and ends as if it had not been; ``resume`` False starts
    anew. The folder holds the configuration, metrics.jsonl (a line an epoch), the TensorBoard log, checkpoint.pt (the
    whole state), float.pt (the network before it was quantised), network.npz and network.chx (its integers and their
    image) and summary.html.
    inputs.json has hashes of the training file and of the networks that the run starts from and learns from.
    Raises InputError for a wrong configuration, missing data, runs that it cannot start from or learn from, a folder of
    another configuration, and a run that would go on with other data than it began with.
    """
    config = load_config(Path(config_path), seed=seed)
    if device is not None:
        config = with_device(config, device)
    folder = Path(run_folder) if run_folder else Path("runs") / config.name
    return train_config(config, folder, resume=resume, console=console)


def train_config(config: RunConfig, folder: Path, *, resume: bool = True, console: Console | None = None) -> Path:
    """``train`` with a configuration that is already there."""
    refuse_overwriting((folder / name for name in FILES), (config.data.test, *files_read(config).values()))
    pick_device(config.training.device)
    console = console or plain_console()
    console.print(_settings(config))
    with torch_threads(config.training.threads):
        _train(config, folder, resume, console)
    return folder


def _train(config: RunConfig, folder: Path, resume: bool, console: Console) -> None:
    spikes = load_spikes(config.data.train, config.data.cache, config.encoding.build())
    _check_labels(config, len(spikes.keys))
    indices, held_out = split_by_speaker(spikes.speakers, config.data.validation_speakers)
    validation = None
    if len(held_out):
        events, _ = load_events(config.data.train, config.data.cache, config.encoding.build())
        validation = Labelled(events[held_out], spikes.labels[held_out])
    make_folder(folder)
    run = Fit(config, spikes, indices, validation, folder, calibration=calibration_samples(config, spikes, indices))
    for teacher, theirs in zip(config.teachers.runs, run.teachers.configs, strict=True):
        _check_classes(teacher, class_names(teacher, theirs), spikes.keys)
    if not resume:
        if config.training.start:
            # Before anything is removed: a run without a start would take its place.
            load_start(config)
        for name in (CHECKPOINT, METRICS, FLOAT, *OUTPUTS):
            (folder / name).unlink(missing_ok=True)
    if not run.resume():
        write_inputs(folder, config)
    else:
        if not check_inputs(folder, config):
            console.print(
                f"{folder}: of an earlier version, which does not say what it was trained on; goes on unchecked"
            )
        console.print(f"{folder}: goes on after {len(run.metrics)} epochs")
    write_atomic(folder / CONFIG, (config.model_dump_json(indent=2) + "\n").encode())
    console.print(f"{len(indices)} training samples, {len(held_out)} held out (speakers "
                  f"{', '.join(map(str, config.data.validation_speakers)) or 'none'})")  # fmt: skip
    total = sum(phase.epochs for phase in run.phases)
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    known = [each.record() for each in run.metrics]
    with Progress(*columns, console=console, transient=True) as progress, Board(folder / BOARD, known) as board:
        task = progress.add_task(config.name, total=total, completed=len(run.metrics))

        def report(metrics: EpochMetrics) -> None:
            progress.advance(task)
            ended = metrics.epoch == metrics.epochs
            board.log(metrics.record(), histograms(run.learner.average) if ended else None)
            console.print(_line(metrics))

        run.run(report)
    console.print(stage_table(run.stages))
    image = export(folder, console=console)
    sensitivity_of_run(folder, console=console)
    page = summarise(folder, {"image bytes": image.stat().st_size})
    console.print(f"trained: {folder}; {page} sums it up")


def calibration_samples(config: RunConfig, spikes: Spikes, indices: IntArray) -> Labelled:
    """Training samples that the seed draws, without augmentation."""
    random = np.random.default_rng(config.training.seed)
    return samples_of(config, spikes, random.choice(indices, min(CALIBRATION, len(indices)), replace=False))


def samples_of(config: RunConfig, spikes: Spikes, chosen: IntArray) -> Labelled:
    """Some samples of a set, without augmentation."""
    encoding = config.encoding.build()
    return Labelled(np.stack([encode(*spikes[i], encoding) for i in chosen]), spikes.labels[chosen])


def sensitivity_of_run(run_folder: str | Path, *, fresh: bool = False, console: Console | None = None) -> Sensitivity:
    """What each group of synapses of a run can spare (``train.budget.sensitivity``): kept in its folder.

    On held-out speakers if there are any, else on training samples, of its network before it was quantised; ``fresh``
    makes it anew. Raises InputError for the folder of no complete run, and one whose training file was replaced.
    """
    console = console or plain_console()
    folder = Path(run_folder)
    config, network = load_float(folder)
    report = None if fresh else load_report(folder)
    if report is None:
        check_inputs(folder, config, start=False)
        spikes = load_spikes(config.data.train, config.data.cache, config.encoding.build())
        indices, held_out = split_by_speaker(spikes.speakers, config.data.validation_speakers)
        calibration = samples = calibration_samples(config, spikes, indices)
        if len(held_out):
            samples = samples_of(config, spikes, held_out[:: -(-len(held_out) // CALIBRATION)])
        with torch_threads(config.training.threads):
            report = sensitivity(
                network, config.budget, samples, time_first(calibration.events.transpose(1, 0, 2)),
                of="samples of held-out speakers" if len(held_out) else "training samples",
            )  # fmt: skip
        save_report(folder, report)
    console.print(sensitivity_table(report))
    return report


def quantise(run_folder: str | Path, *, out: str | Path | None = None, weight_bits: int | None = None,
             ternary: bool = False, console: Console | None = None) -> IntegerNetwork:  # fmt: skip
    """Write integers of a run and their image: its own, or its network of real numbers rounded to other weights.

    ``out``: the image (unless given: in the run folder, network.chx, or another name for other weights).
    Raises InputError for the folder of no complete run, one whose training file was replaced, and for ternary weights
    of other than 2 bits.
    """
    folder = Path(run_folder)
    config, integers = load_integers(folder)
    check_inputs(folder, config, start=False)
    if weight_bits is None and not ternary:
        export(folder, out=out, console=console)
        return integers
    if ternary and weight_bits not in (None, 2):
        raise InputError(f"ternary weights have 2 bits, not {weight_bits}")
    wanted = QuantisationConfig(weight_bits=weight_bits or 2, ternary=ternary)
    spikes = load_spikes(config.data.train, config.data.cache, config.encoding.build())
    indices, _ = split_by_speaker(spikes.speakers, config.data.validation_speakers)
    with torch_threads(config.training.threads):
        integers = requantise(folder, wanted, calibration_samples(config, spikes, indices))
    name = Path(IMAGE).stem + ("-ternary.chx" if ternary else f"-{weight_bits}bit.chx")
    export(folder, out=out or folder / name, integers=integers, console=console)
    return integers


def _check_labels(config: RunConfig, classes: int) -> None:
    if classes != config.network.classes:
        raise InputError(
            f"network.classes must be the number of labels of {config.data.train} ({classes}), "
            f"not {config.network.classes}"
        )


def _check_classes(teacher: Path, theirs: tuple[str, ...], own: tuple[str, ...]) -> None:
    if theirs != own:
        raise InputError(
            f"teachers.runs: {teacher} knows the classes {', '.join(theirs)}; expected {', '.join(own)}, in that order"
        )


def _settings(config: RunConfig) -> Table:
    table = Table(title=config.name, show_header=False)
    for section, values in config.model_dump(mode="json").items():
        if isinstance(values, dict):
            for key, value in values.items():
                table.add_row(f"{section}.{key}", str(value))
    return table


def _line(metrics: EpochMetrics) -> str:
    text = (
        f"{metrics.phase:>6} {metrics.epoch:>3}/{metrics.epochs}  loss {metrics.loss:.3f}  "
        f"train {metrics.train_accuracy:.3f}  spikes {_counts(metrics.train_spikes)}"
    )
    if metrics.validation_accuracy is not None:
        spikes = _counts(metrics.validation_spikes or ())
        text += f"  validation {metrics.validation_accuracy:.3f}  spikes {spikes}"
    return f"{text}  {metrics.seconds:.1f} s"


def _counts(spikes: Sequence[float]) -> str:
    return " ".join(f"{count:.0f}" for count in spikes)
