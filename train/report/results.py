# SPDX-License-Identifier: Apache-2.0
"""What finished runs came to, on the whole test set: the numbers of the tables in docs/training.md."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, stdev
from typing import Any

import numpy as np

from model.batch import GoldenBatch
from model.config import DelayUnit
from model.cost.cycles import CycleModel
from model.encoding import to_events
from model.image.image import Image
from support.errors import InputError
from train.config.run import RunConfig
from train.data.dataset import BoolArray, file_hash, load_test
from train.layers.integer import IntegerNetwork
from train.loop.evaluate import evaluate, time_first
from train.ops.process import torch_threads
from train.report.export import IMAGE, load_float, load_integers

CYCLE_SAMPLES = 100
"""Samples, spread over the test set, whose cycles are predicted; exactly, but slowly."""
BATCH = 128


ONE_NETWORK = ("network", "encoding", "budget", "quantisation")
"""Sections of the configuration that the runs of one network share."""


@dataclass(frozen=True, kw_only=True)
class RunResult:
    """What one run came to on its test set; means are a sample's."""

    run: str
    """Its name."""
    weights: str
    """Bits of a weight, or ternary."""
    samples: int
    test_sha256: str | None
    accuracy_float: float
    accuracy: float
    """Of the golden model, and so of the hardware."""
    synapses: int
    image_bytes: int
    lane_fill: float
    input_events: float
    spikes: Sequence[float]
    """Of each hidden layer."""
    synaptic_operations: float
    cycles: Mapping[str, float]
    """With some delay units."""


@dataclass(frozen=True, kw_only=True)
class Summary:
    """Mean and spread (standard deviation of a sample) of the runs of one network with several seeds."""

    accuracy_float_mean: float
    accuracy_float_spread: float
    accuracy_mean: float
    accuracy_spread: float
    accuracy_interval: float
    """Of the mean accuracy, what the number of samples leaves open (``interval``)."""


def require_one_network(run_folders: Sequence[Path]) -> None:
    """Raises InputError, in one line, for runs that no mean is of: other networks, or one of them twice.

    Those of one network share [network], [encoding], [budget], [quantisation] and the test file, and are complete.
    """
    first = run_folders[0]
    config = load_integers(first)[0]
    wanted = config.model_dump(mode="json")
    for place, folder in enumerate(run_folders[1:], start=1):
        if folder.resolve() in [each.resolve() for each in run_folders[:place]]:
            raise InputError(f"{folder}: named twice; expected runs of one network with several seeds")
        other = load_integers(folder)[0]
        seen = other.model_dump(mode="json")
        for section in ONE_NETWORK:
            for key, value in seen[section].items():
                if value != wanted[section][key]:
                    raise InputError(
                        f"{folder}: {section}.{key} is {value}, {wanted[section][key]} in {first}: expected runs of "
                        "one network with several seeds"
                    )
        if _hash(other.data.test) != _hash(config.data.test):
            raise InputError(f"{folder}: its test file, {other.data.test}, is another one than that of {first}")


def measure(run_folder: Path) -> RunResult:
    """Accuracy in real numbers and in integers, events, operations, bytes and cycles of a run on its test set.

    The golden model runs the network that the run's image maps back to. Raises InputError if it gives another class or
    another spike than the integers in torch, on any sample, for a run that is not complete, and where the run's
    test.json is of another test file than there is now.
    """
    config, network = load_float(run_folder)
    _, integers = load_integers(run_folder)
    test_hash = _test_hash(run_folder, config)
    with torch_threads(config.training.threads):
        path = run_folder / IMAGE
        image = Image.load(path)
        own = image.network()
        events, labels = load_test(config.data.test, config.data.cache, config.encoding.build(), own.labels)
        golden = GoldenBatch(own).run(events)
        _require_equal(run_folder, integers, events, golden.spikes, golden.predicted)
        chosen = np.unique(np.linspace(0, len(events) - 1, CYCLE_SAMPLES).astype(int))
        layers = np.split(golden.spikes.sum(1), np.cumsum(config.network.hidden)[:-1], axis=1)
        return RunResult(
            run=config.name,
            weights=config.quantisation.weights.replace("-bit", " bit"),
            samples=len(events),
            test_sha256=test_hash,
            accuracy_float=evaluate(network, events).accuracy(labels),
            accuracy=float((golden.predicted == labels).mean()),
            synapses=image.synapses,
            image_bytes=path.stat().st_size,
            lane_fill=image.lane_fill,
            input_events=float(events.sum((1, 2)).mean()),
            spikes=[float(layer.sum(1).mean()) for layer in layers],
            synaptic_operations=float(golden.synaptic_operations.mean()),
            cycles={
                str(unit): _cycles(image, unit, events[chosen], golden.spikes[chosen])
                for unit in (DelayUnit.RING, DelayUnit.BITMAP)
            },
        )


def summary(results: Sequence[RunResult]) -> Summary:
    """The runs of one network together; at least one."""
    real, whole = [each.accuracy_float for each in results], [each.accuracy for each in results]
    return Summary(
        accuracy_float_mean=mean(real),
        accuracy_float_spread=stdev(real) if len(real) > 1 else 0.0,
        accuracy_mean=mean(whole),
        accuracy_spread=stdev(whole) if len(whole) > 1 else 0.0,
        accuracy_interval=interval(mean(whole), results[0].samples),
    )


def interval(accuracy: float, samples: int) -> float:
    """Half the width of the 95 % confidence interval (normal approximation) of a share of so many samples."""
    return 1.96 * math.sqrt(accuracy * (1 - accuracy) / samples)


def _hash(path: Path) -> str | None:
    return file_hash(path) if path.is_file() else None


def _test_hash(run_folder: Path, config: RunConfig) -> str | None:
    """Of the test file; InputError if the run was measured on another."""
    now = _hash(config.data.test)
    said = run_folder / "test.json"
    try:
        before = json.loads(said.read_bytes()) if said.is_file() else {}
    except (OSError, ValueError):
        raise InputError(f"{said}: damaged; `chronaxie quantise {run_folder} --evaluate test` writes it anew") from None
    if before.get("file", {"sha256": now})["sha256"] != now:
        raise InputError(
            f"{said}: of another test file than {config.data.test} is now; `chronaxie quantise {run_folder} --evaluate "
            "test` measures anew"
        )
    return now


def _require_equal(run_folder: Path, integers: IntegerNetwork, events: BoolArray, spikes: BoolArray,
                   predicted: Any) -> None:  # fmt: skip
    for start in range(0, len(events), BATCH):
        part = slice(start, start + BATCH)
        output = integers.forward(time_first(events[part].transpose(1, 0, 2)))
        seen = np.concatenate([fired.numpy() for fired in output.spikes], axis=2).transpose(1, 0, 2)
        wrong = (seen != spikes[part]).any((1, 2)) | (output.score.numpy().argmax(1) != predicted[part])
        if wrong.any():
            raise InputError(
                f"{run_folder}: test sample {start + int(wrong.argmax())}: the golden model and the integers in torch "
                "disagree; expected the same spikes and class"
            )


def _cycles(image: Image, unit: DelayUnit, events: BoolArray, spikes: BoolArray) -> float:
    """Mean cycles per inference with a unit; spikes by the network's numbers."""
    cycles = CycleModel(image, image.config(unit))
    fired = spikes[:, :, image.order]
    return mean(cycles.sample(to_events(a), to_events(b)).cycles for a, b in zip(events, fired, strict=True))
