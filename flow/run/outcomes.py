# SPDX-License-Identifier: Apache-2.0
"""What came of each sample: its class, the scores of all classes, spikes, cycles."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flow.run.recordings import Samples
from model.network import Network
from model.result import Result, scores
from support.files import make_folder, write_atomic
from tb.core.scoreboard import pick


@dataclass(frozen=True, kw_only=True)
class SampleOutcome:
    """One sample that was played."""

    sample: int
    label: str | None
    """The class that it has; None: it has no label."""
    predicted: str | None
    """The class that it was taken for; None: the network has no read-out."""
    scores: dict[str, int]
    """By class, what the read-out compares (``model.result.scores``)."""
    spikes: int
    """Of all neurons."""
    cycles: int | None = None
    """In RTL."""


def class_names(network: Network) -> tuple[str, ...]:
    """The names of a network's classes; numbers where they have none, nothing where there is no read-out."""
    return network.labels or tuple(map(str, range(len(network.readout.neurons))))


def outcome(network: Network, samples: Samples, sample: int, result: Result, cycles: int | None) -> SampleOutcome:
    """What came of one sample; ``result`` is of it alone."""
    names = class_names(network)
    return SampleOutcome(
        sample=sample,
        label=samples.class_of(sample, names),
        predicted=names[int(result.predicted)] if names else None,
        scores=dict(zip(names, scores(network, result).tolist(), strict=True)),
        spikes=int(result.spike_count.sum()),
        cycles=cycles,
    )


def golden_outcomes(network: Network, samples: Samples, golden: Result) -> list[SampleOutcome]:
    """What the golden model made of each sample."""
    return [outcome(network, samples, sample, pick(golden, sample), None) for sample in range(len(samples))]


def write_outcomes(path: Path, runs: Mapping[str, Sequence[SampleOutcome]]) -> None:
    """Write the samples of each run as CSV; the names of several runs stand in a column ``unit``.

    Columns: unit (of a simulation), sample, label, predicted, score_<class> of each class, spikes, cycles (of a
    simulation). Raises InputError if the file cannot be written.
    """
    simulated = any(each.cycles is not None for run in runs.values() for each in run)
    names = next((list(each.scores) for run in runs.values() for each in run), [])
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    columns = ["sample", "label", "predicted", *(f"score_{name}" for name in names), "spikes"]
    table.writerow(["unit", *columns, "cycles"] if simulated else columns)
    for unit, run in runs.items():
        for each in run:
            row: list[Any] = [each.sample, each.label, each.predicted, *each.scores.values(), each.spikes]
            table.writerow([unit, *row, each.cycles] if simulated else row)
    make_folder(path.parent)
    write_atomic(path, text.getvalue().encode())
