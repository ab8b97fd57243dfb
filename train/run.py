"""A training run as the command line starts it: train into a run folder, quantise it, look at the test set once."""

import ctypes
import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from model.compiler import compile_network, fit
from model.config import CoreConfig
from model.encoding import encode
from model.errors import InputError
from model.files import write_atomic
from model.network import Network
from model.store import save_network
from train.config import RunConfig, load_config
from train.dataset import BoolArray, IntArray, load_events, load_spikes, split_by_speaker
from train.fit import CHECKPOINT, METRICS, Fit, Metrics, Samples, evaluate, time_first
from train.integer import IntegerNetwork
from train.model import DelayNetwork
from train.quantise import quantise_network

CONFIG = "config.json"
NETWORK = "network.npz"
IMAGE = "network.chx"
LANES = 8
CALIBRATION = 512
"""Training samples whose potentials the scales of quantisation leave room for."""


def train(config_path: str | Path, *, resume: bool = True, run_folder: str | Path | None = None,
          console: Console | None = None) -> Path:  # fmt: skip
    """Train as a TOML file says and return the run folder (``runs/<name>`` unless given).

    A run that was killed goes on from its last whole epoch, and ends as if it had not been; ``resume`` False starts
    anew. The folder holds the configuration, metrics.jsonl (a line an epoch) and the checkpoint.
    Raises InputError for a wrong configuration, missing data, or a folder of another configuration.
    """
    console = console or Console()
    config = load_config(Path(config_path))
    folder = Path(run_folder) if run_folder else Path("runs") / config.name
    console.print(_settings(config))
    _keep_memory()
    spikes = load_spikes(config.data.train, config.data.cache)
    _check_labels(config, len(spikes.keys))
    indices, held_out = split_by_speaker(spikes.speakers, config.data.validation_speakers)
    validation = None
    if len(held_out):
        events, _ = load_events(config.data.train, config.data.cache, config.encoding.build())
        validation = Samples(events[held_out], spikes.labels[held_out])
    folder.mkdir(parents=True, exist_ok=True)
    if not resume:
        (folder / CHECKPOINT).unlink(missing_ok=True)
        (folder / METRICS).unlink(missing_ok=True)
    run = Fit(config, spikes, indices, validation, folder)
    if run.resume():
        console.print(f"{folder}: goes on after {len(run.metrics)} epochs")
    write_atomic(folder / CONFIG, (config.model_dump_json(indent=2) + "\n").encode())
    console.print(f"{len(indices)} training samples, {len(held_out)} held out (speakers "
                  f"{', '.join(map(str, config.data.validation_speakers)) or 'none'})")  # fmt: skip
    total = sum(epochs for _, epochs, _ in run.phases)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task(config.name, total=total, completed=len(run.metrics))

        def report(metrics: Metrics) -> None:
            progress.advance(task)
            console.print(_line(metrics))

        run.run(report)
    console.print(f"trained: {folder}")
    return folder


def load_run(run_folder: str | Path) -> tuple[RunConfig, DelayNetwork]:
    """Configuration and network of a run that is complete; InputError if there is none."""
    path = Path(run_folder) / CHECKPOINT
    if not path.is_file():
        raise InputError(f"{run_folder}: no {CHECKPOINT}; expected the folder of a training run")
    state = torch.load(path, weights_only=True)
    config = RunConfig.model_validate_json(state["config"])
    if state["phase"] < 2:
        raise InputError(f"{run_folder}: training has not finished; run it again to go on")
    network = DelayNetwork(config.encoding.axons, config.network)
    network.load_state_dict(state["average"])
    network.eval()
    torch.set_num_threads(config.training.threads)
    return config, network


def integer_network(run_folder: str | Path, *, weight_bits: int = 8) -> tuple[RunConfig, IntegerNetwork, Network]:
    """The quantised network of a run, in torch and as the compiler takes it; training samples calibrate it."""
    config, network = load_run(run_folder)
    encoding = config.encoding.build()
    spikes = load_spikes(config.data.train, config.data.cache)
    random = np.random.default_rng(config.training.seed)
    indices, _ = split_by_speaker(spikes.speakers, config.data.validation_speakers)
    chosen = random.choice(indices, min(CALIBRATION, len(indices)), replace=False)
    events = np.stack([encode(*spikes[i], encoding) for i in chosen], axis=1)
    integers = quantise_network(network, weight_bits=weight_bits, calibration=time_first(events))
    exported = integers.network(name=config.name, labels=spikes.keys, encoding=encoding, max_steps=encoding.total_steps)
    return config, integers, exported


def quantise(run_folder: str | Path, *, out: str | Path | None = None, weight_bits: int = 8,
             console: Console | None = None) -> Path:  # fmt: skip
    """Write the network of a run in integers (network.npz) and its image, and return the image's path.

    ``out``: where the image goes (network.chx in the run folder unless given). ``weight_bits``: 2 to 8.
    The image is for the smallest build of 8 lanes that holds the network.
    """
    console = console or Console()
    folder = Path(run_folder)
    _, integers, network = integer_network(folder, weight_bits=weight_bits)
    save_network(folder / NETWORK, network)
    build = fit(network, lanes=LANES)
    image = compile_network(network, build)
    path = Path(out) if out else folder / IMAGE
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path)
    console.print(_summary(network, integers, build, image.lane_fill, path))
    return path


def evaluate_run(run_folder: str | Path, *, split: str = "test", weight_bits: int = 8,
                 console: Console | None = None) -> dict[str, Any]:  # fmt: skip
    """Accuracy of a run on the test set (``split`` "test") or on its held-out speakers ("validation").

    Float and quantised, with the mean of input events and of spikes of each layer; written to <split>.json there.
    The test set is for the end: nothing may be chosen by what this shows.
    """
    console = console or Console()
    config, network = load_run(run_folder)
    _, integers, _ = integer_network(run_folder, weight_bits=weight_bits)
    events, labels = _split(config, split)
    seen = evaluate(network, events)
    scores, spikes, extremes = _evaluate_integers(integers, events)
    quantised = scores.argmax(1)
    result = {
        "split": split,
        "samples": len(labels),
        "accuracy_float": float((seen.predictions == labels).mean()),
        "accuracy_quantised": float((quantised == labels).mean()),
        "agreement": float((seen.predictions == quantised).mean()),
        "events": float(events.sum((1, 2)).mean()),
        "spikes_float": seen.spikes,
        "spikes_quantised": spikes,
        "saturated": extremes,
    }
    write_atomic(Path(run_folder) / f"{split}.json", (json.dumps(result, indent=2) + "\n").encode())
    console.print_json(data=result)
    return result


def _evaluate_integers(
    network: IntegerNetwork, events: BoolArray, batch: int = 256
) -> tuple[IntArray, list[float], int]:
    """Scores (samples, classes), mean spikes of each hidden layer, and how many potentials stood at a clamp."""
    scores, totals, extremes = [], np.zeros(len(network.layers) - 1), 0
    for start in range(0, len(events), batch):
        output = network.forward(time_first(events[start : start + batch].transpose(1, 0, 2)))
        scores.append(output.score.numpy())
        totals += [spikes.sum().item() for spikes in output.spikes[:-1]]
        extremes += sum(int(((v >= network.vmax) | (v <= -network.vmax - 1)).sum()) for v in output.potentials)
    return np.concatenate(scores), (totals / len(events)).tolist(), extremes


def _split(config: RunConfig, split: str) -> tuple[BoolArray, IntArray]:
    encoding = config.encoding.build()
    if split == "test":
        events, spikes = load_events(config.data.test, config.data.cache, encoding)
        return events, spikes.labels
    if split != "validation":
        raise InputError(f"split must be test or validation, not {split!r}")
    events, spikes = load_events(config.data.train, config.data.cache, encoding)
    _, held_out = split_by_speaker(spikes.speakers, config.data.validation_speakers)
    if not len(held_out):
        raise InputError(
            f"{config.name}: no validation speakers; expected data.validation_speakers in its configuration"
        )
    return events[held_out], spikes.labels[held_out]


def _check_labels(config: RunConfig, classes: int) -> None:
    if classes != config.network.classes:
        raise InputError(
            f"network.classes must be the number of labels of {config.data.train} ({classes}), "
            f"not {config.network.classes}"
        )


def _keep_memory() -> None:
    """Have the C library keep freed memory: the loop frees and takes the same tens of megabytes at every step.

    Measured: a third off the time of a step. Elsewhere than with glibc nothing changes.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError):
        return
    for option, value in ((-4, 0), (-1, 1 << 30), (-2, 1 << 26)):  # M_MMAP_MAX, M_TRIM_THRESHOLD, M_TOP_PAD
        mallopt(option, value)


def _settings(config: RunConfig) -> Table:
    table = Table(title=config.name, show_header=False)
    for section, values in config.model_dump(mode="json").items():
        if isinstance(values, dict):
            for key, value in values.items():
                table.add_row(f"{section}.{key}", str(value))
    return table


def _line(metrics: Metrics) -> str:
    numbers = " ".join(f"{count:.0f}" for count in metrics["train_spikes"])
    text = (
        f"{metrics['phase']:>6} {metrics['epoch']:>3}/{metrics['epochs']}  loss {metrics['loss']:.3f}  "
        f"train {metrics['train_accuracy']:.3f}  spikes {numbers}"
    )
    if "validation_accuracy" in metrics:
        numbers = " ".join(f"{count:.0f}" for count in metrics["validation_spikes"])
        text += f"  validation {metrics['validation_accuracy']:.3f}  spikes {numbers}"
    return f"{text}  {metrics['seconds']:.1f} s"


def _summary(network: Network, integers: IntegerNetwork, build: CoreConfig, lane_fill: float, path: Path) -> Table:
    table = Table(title=str(path), show_header=False)
    zeros = [int((layer.weight == 0).sum()) for layer in integers.layers]
    for key, value in (
        ("synapses", f"{network.synapses}"),
        ("weights of 0 a layer", " ".join(map(str, zeros))),
        ("thresholds", " ".join(f"{int(x.threshold.min())}..{int(x.threshold.max())}" for x in integers.layers)),
        ("build", " ".join(f"{name}={value}" for name, value in build.geometry().items())),
        ("lane fill", f"{lane_fill:.3f}"),
        ("bytes", f"{path.stat().st_size}"),
    ):
        table.add_row(key, value)
    return table
