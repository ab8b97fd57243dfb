# SPDX-License-Identifier: Apache-2.0
"""What an epoch left behind, as the loop notes it and as ``metrics.jsonl`` of a run has it, a line an epoch."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Self

from support.files import write_atomic

METRICS = "metrics.jsonl"
"""Name of the file in the folder of a run."""


@dataclass(frozen=True, kw_only=True)
class EpochMetrics:
    """One epoch; shares are of 1, spikes a mean a sample of each hidden layer."""

    phase: str
    """Name of the phase."""
    epoch: int
    """From 1, in its phase."""
    epochs: int
    """Of the phase."""
    loss: float
    """Mean a sample."""
    train_accuracy: float
    train_spikes: Sequence[float]
    validation_accuracy: float | None = None
    """On speakers that are held out; None: there are none."""
    validation_spikes: Sequence[float] | None = None
    seconds: float = 0.0

    def record(self) -> dict[str, Any]:
        """Fit for JSON; without what there is not."""
        return {name: value for name, value in asdict(self).items() if value is not None}

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> Self:
        """The epoch of a record."""
        return cls(**{field.name: record[field.name] for field in fields(cls) if field.name in record})


def write_metrics(folder: Path, metrics: Sequence[EpochMetrics]) -> None:
    """Write all epochs of a run, whole or not at all: a kill leaves neither gaps nor repeats."""
    write_atomic(folder / METRICS, "".join(json.dumps(each.record()) + "\n" for each in metrics).encode())
