# SPDX-License-Identifier: Apache-2.0
"""What the tables are asked for, and who hears how the work goes on."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from flow.silicon.macros import MacroTable
from model.config import DelayUnit


class Accuracy(Protocol):
    """What a run came to on its test set; ``train.report.results.RunResult``."""

    accuracy: float
    accuracy_float: float
    spikes: Sequence[float]
    synapses: int


@dataclass(frozen=True, kw_only=True)
class Request:
    """What to measure."""

    runs: Path
    """Folder of the runs."""
    seeds: Sequence[int]
    """The first one is played in RTL."""
    data: Path
    samples: int | None
    """Recordings in RTL; None: all."""
    units: Sequence[DelayUnit]
    synthesis: bool
    liberty: Path | None
    table: MacroTable
    jobs: int
    work: Path
    """Where results are kept between runs."""
    measure: Callable[[Path], Accuracy]
    """``train.report.results.measure``."""
