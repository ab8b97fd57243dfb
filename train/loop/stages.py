# SPDX-License-Identifier: Apache-2.0
"""What each limit cost: accuracy and size of the network before and after each change that a run makes to it.

A stage is a step of the run. A limit is also measured alone, on a copy and without training on, where several act at
once: what the sparse phase then wins back shows in its stage.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from rich.table import Table
from torch import Tensor

from train.budget.sensitivity import points
from train.layers.network import DelayNetwork
from train.loop.evaluate import Labelled, evaluate

ACCURACIES = {"validation_accuracy": "samples of held-out speakers", "train_accuracy": "training samples"}
"""What accuracies are of; a run has one of them."""


@dataclass(frozen=True, kw_only=True)
class Stage:
    """A change of the network, and what it left."""

    name: str
    alone: bool = False
    """It is of one limit alone: the run does not go on with it."""
    measured: str | None = None
    """What the accuracies are of, a key of ACCURACIES; None: nothing was measured."""
    after: float | None = None
    """Accuracy after the change."""
    before: float | None = None
    """Accuracy before it; the first stage has none, nor have those of earlier versions."""
    synapses: int | None = None
    """Where delays are settled."""

    def record(self) -> dict[str, Any]:
        """As a checkpoint keeps it: without what there is not, the accuracy under what it is of."""
        parts = {"stage": self.name, "alone": self.alone or None, self.measured or "": self.after,
                 "before": self.before, "synapses": self.synapses}  # fmt: skip
        return {key: value for key, value in parts.items() if value is not None}

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> Self:
        """The stage of a record."""
        measured = next((key for key in ACCURACIES if key in record), None)
        return cls(
            name=record["stage"], alone=record.get("alone", False), measured=measured,
            after=record[measured] if measured else None, before=record.get("before"), synapses=record.get("synapses"),
        )  # fmt: skip


class Stages:
    """Notes stages as they come, in ``entries``."""

    def __init__(self, validation: Labelled | None, training: Labelled | None, calibration: Tensor | None) -> None:
        """Accuracy is that on ``validation``, else on ``training``.

        ``calibration``: events (steps, batch, axons) that statistics of normalisation are taken anew from.
        """
        self.samples = next(
            ((key, each) for key, each in zip(ACCURACIES, (validation, training), strict=True) if each is not None),
            None,
        )
        self.calibration = calibration
        self.entries: list[Stage] = []

    def note(self, name: str, network: DelayNetwork) -> None:
        """A step of the run, after which it goes on with ``network``; statistics of normalisation are taken anew."""
        self._note(name, network, self._last(), alone=False)

    def note_alone(self, name: str, network: DelayNetwork, *, after_last: bool = False) -> None:
        """One limit alone: ``network`` is inside it, and is not used further.

        ``after_last``: it acts on the network of the entry before, not on that of the last step.
        """
        before = self.entries[-1] if after_last and self.entries else self._last()
        self._note(name, network, before, alone=True)

    def _last(self) -> Stage | None:
        return next((entry for entry in reversed(self.entries) if not entry.alone), None)

    def _note(self, name: str, network: DelayNetwork, before: Stage | None, *, alone: bool) -> None:
        measured = after = None
        if self.samples is not None:
            measured, samples = self.samples
            if self.calibration is not None:
                network.recalibrate(self.calibration)
            after = evaluate(network, samples.events).accuracy(samples.labels)
        self.entries.append(Stage(
            name=name, alone=alone, measured=measured, after=after,
            before=None if before is None else before.after,
            synapses=None if network.placed() else network.synapse_count(),
        ))  # fmt: skip


def stage_rows(entries: Sequence[Stage]) -> tuple[list[str], list[list[str]]]:
    """Stages as a table: titles, and a row each, one limit alone behind a dot."""
    rows = [
        [
            f"· {entry.name}" if entry.alone else entry.name,
            "" if entry.synapses is None else f"{entry.synapses:,}",
            "" if entry.before is None else f"{entry.before:.1%}",
            "" if entry.after is None else f"{entry.after:.1%}",
            "" if entry.before is None or entry.after is None else points(entry.after - entry.before),
        ]
        for entry in entries
    ]
    return ["", "synapses", "before", "after", "points"], rows


def measured_on(entries: Sequence[Stage]) -> str:
    """Says what the numbers are."""
    measured = next((ACCURACIES[entry.measured] for entry in entries if entry.measured), "nothing")
    return f"accuracy on {measured}; behind a dot: one limit alone, before training goes on"


def stage_table(entries: Sequence[Stage]) -> Table:
    """The same for a terminal."""
    titles, rows = stage_rows(entries)
    table = Table(title=f"what each limit cost: {measured_on(entries)}")
    for k, title in enumerate(titles):
        table.add_column(title, justify="right" if k else "left", no_wrap=True)
    for row in rows:
        table.add_row(*row)
    return table
