# SPDX-License-Identifier: Apache-2.0
"""How a finished run does on the test set, or on its held-out speakers."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console

from support.console import console as plain_console
from support.errors import InputError
from support.files import write_atomic
from train.config.run import RunConfig
from train.data.dataset import file_hash, load_events, load_test, split_by_speaker
from train.layers.integer import IntegerNetwork
from train.loop.evaluate import Labelled, evaluate, evaluate_integers
from train.loop.inputs import check_inputs
from train.ops.process import torch_threads
from train.report.export import class_names, load_float, load_integers


@dataclass(frozen=True, kw_only=True)
class SampleFile:
    """Where samples are from."""

    path: str
    sha256: str


@dataclass(frozen=True, kw_only=True)
class RunAccuracy:
    """How a run does on a split, in real numbers and in integers; its fields are those of <split>.json."""

    split: str
    file: SampleFile
    samples: int
    accuracy_float: float
    accuracy_quantised: float
    agreement: float
    """Share of the samples that both give the same class."""
    events: float
    """Mean input events a sample."""
    spikes_float: Sequence[float]
    """Mean a sample of each hidden layer."""
    spikes_quantised: Sequence[float]
    saturated: int
    """Potentials of the integers that stood at a clamp."""


def evaluate_run(run_folder: str | Path, *, split: str = "test", integers: IntegerNetwork | None = None,
                 console: Console | None = None) -> RunAccuracy:  # fmt: skip
    """Accuracy of a run on the test set (``split`` "test") or on its held-out speakers ("validation").

    In real numbers and in integers, with the mean of input events and of spikes of each layer; written to
    <split>.json there, with a hash of the file that the samples are from, unless ``integers`` are others than the
    run's own.
    The test set is for the end: nothing may be chosen by what this shows.
    """
    console = console or plain_console()
    config, network = load_float(run_folder)
    own = integers is None
    integers = integers or load_integers(run_folder)[1]
    samples, path = _samples(config, split, Path(run_folder))
    if split == "validation":
        check_inputs(Path(run_folder), config, start=False)
    with torch_threads(config.training.threads):
        seen, quantised = evaluate(network, samples.events), evaluate_integers(integers, samples.events)
    result = RunAccuracy(
        split=split,
        file=SampleFile(path=str(path), sha256=file_hash(path)),
        samples=len(samples.labels),
        accuracy_float=seen.accuracy(samples.labels),
        accuracy_quantised=quantised.accuracy(samples.labels),
        agreement=seen.accuracy(quantised.predictions),
        events=float(samples.events.sum((1, 2)).mean()),
        spikes_float=seen.spikes,
        spikes_quantised=quantised.spikes,
        saturated=quantised.saturated,
    )
    if own:
        write_atomic(Path(run_folder) / f"{split}.json", (json.dumps(asdict(result), indent=2) + "\n").encode())
    console.print_json(data=asdict(result))
    return result


def _samples(config: RunConfig, split: str, folder: Path) -> tuple[Labelled, Path]:
    """The samples of a split, and the file that they are from."""
    encoding = config.encoding.build()
    if split == "test":
        test = load_test(config.data.test, config.data.cache, encoding, class_names(folder, config))
        return Labelled(*test), config.data.test
    if split != "validation":
        raise InputError(f"split must be test or validation, not {split!r}")
    events, spikes = load_events(config.data.train, config.data.cache, encoding)
    _, held_out = split_by_speaker(spikes.speakers, config.data.validation_speakers)
    if not len(held_out):
        raise InputError(
            f"{config.name}: no validation speakers; expected data.validation_speakers in its configuration"
        )
    return Labelled(events[held_out], spikes.labels[held_out]), config.data.train
