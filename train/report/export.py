# SPDX-License-Identifier: Apache-2.0
"""What a run leaves behind: its networks in real numbers and in integers, the image, the page that sums it up."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from data.samples import open_some
from model.config import CoreConfig
from model.mapping.compiler import compile_network, fit
from model.network import Network
from model.network_file import load_network, save_network
from support.console import console as plain_console
from support.errors import InputError
from support.files import make_folder
from train.budget.sensitivity import Sensitivity, describe, load_report
from train.budget.sensitivity import rows as sensitivity_rows
from train.config.run import QuantisationConfig, RunConfig
from train.data.dataset import load_events, load_spikes, split_by_speaker
from train.layers.integer import IntegerNetwork
from train.layers.network import DelayNetwork
from train.layers.quantise import integer_network, quantise_network
from train.loop.checkpoint import CHECKPOINT, FLOAT, State, load_checkpoint, make_network, restore
from train.loop.evaluate import Labelled, evaluate_integers, time_first
from train.loop.metrics import EpochMetrics
from train.loop.phases import PHASES
from train.loop.stages import Stage, measured_on, stage_rows
from train.report.figures import LayerSpikes, LayerSynapses
from train.report.summary import SummaryContent, SummaryTable, write_summary

IMAGE = "network.chx"
EXAMPLES = 1000
"""Training samples, at most, whose confusion the summary shows where no speakers are held out."""


def load_float(run_folder: str | Path) -> tuple[RunConfig, DelayNetwork]:
    """Configuration and network of a run before it was quantised; InputError if it is not complete."""
    folder = Path(run_folder)
    _finished(folder)
    state = load_checkpoint(folder / FLOAT)
    if state is None:
        raise InputError(f"{folder}: no {FLOAT}; expected the folder of a training run")
    return _load(state)


def load_integers(run_folder: str | Path) -> tuple[RunConfig, IntegerNetwork]:
    """Configuration and integers of a run; InputError if it is not complete."""
    config, network = _load(_finished(Path(run_folder)))
    return config, integer_network(network, config.budget)


def requantise(run_folder: str | Path, quantisation: QuantisationConfig, calibration: Labelled) -> IntegerNetwork:
    """The network of a run rounded to other integers, without training in them.

    ``calibration``: training samples.
    """
    config, network = load_float(run_folder)
    events = time_first(calibration.events.transpose(1, 0, 2))
    quantise_network(network, quantisation, config.budget, calibration=events)
    return integer_network(network, config.budget)


def exported(config: RunConfig, integers: IntegerNetwork, labels: tuple[str, ...]) -> Network:
    """The integers as the compiler takes them."""
    encoding = config.encoding.build()
    return integers.network(name=config.name, labels=labels, encoding=encoding, max_steps=encoding.total_steps)


def export(run_folder: str | Path, *, out: str | Path | None = None, integers: IntegerNetwork | None = None,
           console: Console | None = None) -> Path:  # fmt: skip
    """Write the integers of a run (network.npz) and their image, and return the image's path.

    The network goes beside the image, as .npz. ``out``: the image, ending in .chx (network.chx in the run folder unless
    given). ``integers``: others than the run's own.
    The image is for the core of the run's budget; without one, or for several cores, for the smallest build, with the
    lanes of the budget, that holds the network.
    """
    console = console or plain_console()
    folder = Path(run_folder)
    config, own = load_integers(folder)
    integers = integers or own
    spikes = load_spikes(config.data.train, config.data.cache, config.encoding.build())
    network = exported(config, integers, spikes.keys)
    build = config.budget.core if config.budget.core and config.budget.cores == 1 else None
    # Integers that are others than the run's own are no entries of a codebook.
    coded = config.quantisation.codebook and integers is own
    build = build or fit(network, lanes=config.budget.lanes, codebook=coded)
    image = compile_network(network, build)
    path = Path(out) if out else folder / IMAGE
    if path.suffix != ".chx":
        raise InputError(f"{path}: an image ends in .chx; its network is written beside it as .npz")
    make_folder(path.parent)
    image.save(path)
    save_network(path.with_suffix(".npz"), network)
    console.print(_table(network, integers, build, image.lane_fill, path))
    return path


def class_names(run_folder: Path, config: RunConfig) -> tuple[str, ...]:
    """Names of the classes of a run in the order of its read-out: of its network, else of its training file."""
    path = (run_folder / IMAGE).with_suffix(".npz")
    if path.is_file():
        return load_network(path).labels
    with open_some(config.data.train) as samples:
        return samples.names()


def summarise(run_folder: str | Path, results: dict[str, Any]) -> Path:
    """Write summary.html of a run: curves, histograms, rasters, confusion (of held-out speakers, if there are any)."""
    folder = Path(run_folder)
    config, integers = load_integers(folder)
    state = _finished(folder)
    samples, chosen = _examples(config)
    seen = evaluate_integers(integers, samples.events)
    classes = config.network.classes
    confusion = np.zeros((classes, classes), np.int64)
    np.add.at(confusion, (samples.labels, seen.predictions), 1)
    output = integers.forward(time_first(samples.events[:1].transpose(1, 0, 2)))
    labels = load_spikes(config.data.train, config.data.cache, config.encoding.build()).keys
    content = SummaryContent(
        name=config.name,
        configuration=config.model_dump(mode="json"),
        metrics=[EpochMetrics.of(each) for each in json.loads(state["metrics"])],
        layers=[
            LayerSynapses(name=f"into layer {k + 1}" if group is layer.synapses else f"layer {k + 1} onto itself",
                  weights=group.weight[group.weight != 0].numpy(),
                  delays=np.asarray(group.delays)[np.nonzero(group.weight.numpy())[0]])
            for k, layer in enumerate(integers.layers)
            for group in ([layer.synapses] if layer.recurrent is None else [layer.synapses, layer.recurrent])
        ],
        rasters=[
            LayerSpikes(name="input", spikes=samples.events[0], source="axon"),
            *(LayerSpikes(name=f"layer {k}", spikes=each[:, 0].numpy())
              for k, each in enumerate(output.spikes[:-1], start=1)),
        ],
        sample=f"{labels[samples.labels[0]]}, taken for {labels[seen.predictions[0]]}",
        confusion=confusion,
        confusion_of=f"{len(samples.labels)} {chosen}",
        labels=labels,
        results=results,
        tables=_tables([Stage.of(each) for each in json.loads(state["stages"])], load_report(folder)),
    )  # fmt: skip
    return write_summary(folder, content)


def _tables(stages: list[Stage], report: Sensitivity | None) -> list[SummaryTable]:
    """What each limit cost, and what each group of synapses can spare."""
    titles, rows = stage_rows(stages)
    tables = [SummaryTable(title="What each limit cost", note=measured_on(stages), titles=titles, rows=rows)]
    if report is not None:
        titles, rows = sensitivity_rows(report)
        tables.append(SummaryTable(title="Sensitivity", note=describe(report), titles=titles, rows=rows))
    return tables


def _examples(config: RunConfig) -> tuple[Labelled, str]:
    """Samples that the summary shows, and what they are: those of held-out speakers, else some of the training set."""
    events, spikes = load_events(config.data.train, config.data.cache, config.encoding.build())
    train, held_out = split_by_speaker(spikes.speakers, config.data.validation_speakers)
    if len(held_out):
        return Labelled(events[held_out], spikes.labels[held_out]), "samples of held-out speakers"
    chosen = np.random.default_rng(config.training.seed).permutation(train)[:EXAMPLES]
    return Labelled(events[chosen], spikes.labels[chosen]), "training samples"


def _finished(folder: Path) -> State:
    state = load_checkpoint(folder / CHECKPOINT)
    if state is None:
        raise InputError(f"{folder}: no {CHECKPOINT}; expected the folder of a training run")
    if state["phase"] < len(PHASES):
        raise InputError(f"{folder}: training has not finished; run it again to go on")
    return state


def _load(state: State) -> tuple[RunConfig, DelayNetwork]:
    config = RunConfig.model_validate_json(state["config"])
    network = make_network(config)
    restore(network, state, "average")
    network.eval()
    return config, network


def _table(network: Network, integers: IntegerNetwork, build: CoreConfig, lane_fill: float, path: Path) -> Table:
    table = Table(title=str(path), show_header=False)
    for key, value in (
        ("synapses", f"{network.synapses}"),
        ("thresholds", " ".join(f"{int(x.threshold.min())}..{int(x.threshold.max())}" for x in integers.layers[:-1])),
        ("build", " ".join(f"{name}={value}" for name, value in build.numbers().items())),
        ("lane fill", f"{lane_fill:.3f}"),
        ("bytes", f"{path.stat().st_size}"),
    ):
        table.add_row(key, value)
    return table
