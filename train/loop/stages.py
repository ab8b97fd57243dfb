"""What each limit cost: accuracy and size of the network before and after each change that a run makes to it.

A stage is a step of the run. A limit is also measured alone, on a copy and without training on, where several act at
once: what the sparse phase then wins back shows in its stage.
"""

from typing import Any

from rich.table import Table
from torch import Tensor

from train.budget.sensitivity import points
from train.layers.network import DelayNetwork
from train.loop.evaluate import Labelled, evaluate

Stage = dict[str, Any]
ACCURACIES = {"validation_accuracy": "samples of held-out speakers", "train_accuracy": "training samples"}
"""What accuracies are of; a run has one of them."""


class Stages:
    """Notes stages as they come; ``entries`` is what a checkpoint keeps.

    An entry has the stage's name, the accuracy after it and, unless it is the first, before it (``before``), the
    synapses where delays are settled, and ``alone`` if it is of one limit alone.
    """

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
        self._note({"stage": name}, network, self._last())

    def note_alone(self, name: str, network: DelayNetwork, *, after_last: bool = False) -> None:
        """One limit alone: ``network`` is inside it, and is not used further.

        ``after_last``: it acts on the network of the entry before, not on that of the last step.
        """
        before = self.entries[-1] if after_last and self.entries else self._last()
        self._note({"stage": name, "alone": True}, network, before)

    def _last(self) -> Stage | None:
        return next((entry for entry in reversed(self.entries) if not entry.get("alone")), None)

    def _note(self, entry: Stage, network: DelayNetwork, before: Stage | None) -> None:
        if self.samples is not None:
            key, samples = self.samples
            if self.calibration is not None:
                network.recalibrate(self.calibration)
            seen = evaluate(network, samples.events)
            entry[key] = float((seen.predictions == samples.labels).mean())
            if before is not None:
                entry["before"] = before[key]
        if not network.placed():
            entry["synapses"] = network.synapse_count()
        self.entries.append(entry)


def stage_rows(entries: list[Stage]) -> tuple[list[str], list[list[str]]]:
    """Stages as a table: titles, and a row each, one limit alone behind a dot.

    Entries of earlier versions do not say what was before.
    """
    key = next((key for key in ACCURACIES for entry in entries if key in entry), None)
    rows = []
    for entry in entries:
        after, before = entry.get(key) if key else None, entry.get("before")
        rows.append([
            f"· {entry['stage']}" if entry.get("alone") else entry["stage"],
            f"{entry['synapses']:,}" if "synapses" in entry else "",
            "" if before is None else f"{before:.1%}",
            "" if after is None else f"{after:.1%}",
            "" if before is None or after is None else points(after - before),
        ])  # fmt: skip
    return ["", "synapses", "before", "after", "points"], rows


def measured_on(entries: list[Stage]) -> str:
    """Says what the numbers are."""
    measured = next((what for key, what in ACCURACIES.items() for entry in entries if key in entry), "nothing")
    return f"accuracy on {measured}; behind a dot: one limit alone, before training goes on"


def stage_table(entries: list[Stage]) -> Table:
    """The same for a terminal."""
    titles, rows = stage_rows(entries)
    table = Table(title=f"what each limit cost: {measured_on(entries)}")
    for k, title in enumerate(titles):
        table.add_column(title, justify="right" if k else "left", no_wrap=True)
    for row in rows:
        table.add_row(*row)
    return table
