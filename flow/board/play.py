# SPDX-License-Identifier: Apache-2.0
"""Recordings through a board, compared with the golden model."""

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from flow.host.board_link import BoardLink, Statistics
from flow.host.host import Host
from flow.host.port import Port
from flow.run.recordings import Samples
from model.batch import GoldenBatch
from model.fabric.bundle import Bundle
from model.fabric.config import FabricConfig
from tb.core.scoreboard import Mismatch, mismatches, pick


@dataclass(frozen=True, kw_only=True)
class BoardRun:
    """What a board made of some recordings."""

    samples: int
    accuracy_golden: float | None
    """None: the recordings have no labels."""
    accuracy_board: float | None
    mismatches: int
    """Values that differ from the golden model's: spikes, final potentials, sums of potentials."""
    first: Mismatch | None
    """The first one."""
    flags: tuple[str, ...]
    """Every flag that was raised."""
    cycles_mean: float
    """Of the board's clock, by its own counter; of a board the clock of the host does not matter."""
    load_seconds: float
    """For the bundle to be taken."""
    seconds: float
    """From the first recording to the last result, by the host's clock: mostly the line."""
    line: Statistics

    def record(self) -> dict[str, Any]:
        """For a report."""
        return {**asdict(self), "first": None if self.first is None else str(self.first)}


def play(port: Port, config: FabricConfig, bundle: Bundle, samples: Samples, *,
         progress: Callable[[], None] = lambda: None) -> BoardRun:  # fmt: skip
    """Load the bundle, play the recordings, compare. Raises LinkError if the line or the board fails."""
    golden = GoldenBatch(bundle.network()).run(samples.rasters)
    link = BoardLink(port, config)
    host = Host(link, config)
    start = time.monotonic()
    host.load(bundle)
    loaded = time.monotonic()
    wrong: list[Mismatch] = []
    flags: dict[str, None] = {}
    predicted, cycles = [], []
    for number, played in enumerate(host.run(samples.rasters)):
        wrong += mismatches(number, pick(golden, number), played.result)
        flags |= dict.fromkeys(played.flags)
        predicted.append(int(played.result.predicted))
        cycles.append(played.cycles)
        progress()

    def accuracy(classes: Any) -> float | None:
        return float((np.asarray(classes) == samples.classes).mean()) if samples.labelled else None

    return BoardRun(
        samples=len(samples), accuracy_golden=accuracy(golden.predicted), accuracy_board=accuracy(predicted),
        mismatches=len(wrong), first=wrong[0] if wrong else None, flags=tuple(flags),
        cycles_mean=float(np.mean(cycles)), load_seconds=loaded - start, seconds=time.monotonic() - loaded,
        line=link.statistics,
    )  # fmt: skip
