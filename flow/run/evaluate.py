# SPDX-License-Identifier: Apache-2.0
"""An image on recordings, by the golden model, and what disturbances of network and events leave of its accuracy."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from rich.table import Table
from rich.text import Text

from flow.run.outcomes import class_names
from flow.run.recordings import Samples, load_samples
from flow.run.report import GoldenReport, accuracy, golden_report
from model.batch import GoldenBatch
from model.config import CoreConfig
from model.disturbances import (
    chance,
    delay_jitter,
    delay_mismatch,
    dropped_events,
    spurious_events,
    threshold_mismatch,
    weight_mismatch,
)
from model.image.image import Image
from model.network import IntArray, Network
from model.result import Result
from support.errors import InputError


class Noise(StrEnum):
    """What is disturbed."""

    WEIGHT_MISMATCH = "weight_mismatch"
    THRESHOLD_MISMATCH = "threshold_mismatch"
    DELAY_MISMATCH = "delay_mismatch"
    DROPPED_EVENTS = "dropped_events"
    DROPPED_SPIKES = "dropped_spikes"
    SPURIOUS_EVENTS = "spurious_events"
    DELAY_JITTER = "delay_jitter"


LEVELS: Mapping[Noise, tuple[float, ...]] = {
    Noise.WEIGHT_MISMATCH: (0.05, 0.1, 0.2, 0.4, 0.8),
    Noise.THRESHOLD_MISMATCH: (0.05, 0.1, 0.2, 0.4, 0.8),
    Noise.DELAY_MISMATCH: (1, 2, 4, 8, 16),
    Noise.DROPPED_EVENTS: (0.05, 0.1, 0.2, 0.4, 0.8),
    Noise.DROPPED_SPIKES: (0.05, 0.1, 0.2, 0.4, 0.8),
    Noise.SPURIOUS_EVENTS: (0.002, 0.005, 0.01, 0.02, 0.05),
    Noise.DELAY_JITTER: (0.05, 0.1, 0.2, 0.4, 0.8),
}
"""Levels that a sweep goes through, besides 0."""
MEANING: Mapping[Noise, str] = {
    Noise.WEIGHT_MISMATCH: "standard deviation of the relative error of a weight",
    Noise.THRESHOLD_MISMATCH: "standard deviation of the relative error of a threshold",
    Noise.DELAY_MISMATCH: "steps by which a synapse's delay may be off",
    Noise.DROPPED_EVENTS: "probability that an input event is lost",
    Noise.DROPPED_SPIKES: "probability that a spike reaches no synapse",
    Noise.SPURIOUS_EVENTS: "probability of an event in a silent axon and step",
    Noise.DELAY_JITTER: "share of the sources whose events come a step late",
}
"""What a level is."""


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """An image that has played recordings in the golden model."""

    image: str
    """Name of the image's file."""
    config: CoreConfig
    """A build that takes the image."""
    network: Network
    samples: Samples
    result: Result
    seconds: float
    """That the golden model took."""

    def report(self) -> GoldenReport:
        """The content of golden.json."""
        return golden_report(self.image, self.network, self.samples, self.result, self.seconds)

    def by_class(self) -> dict[str, float]:
        """Accuracy of each class that occurs, by name."""
        names = class_names(self.network)
        return {names[place]: share for place, share in self._shares(self.samples.classes).items()}

    def by_speaker(self) -> dict[str, float]:
        """Accuracy of each speaker that occurs."""
        return {str(speaker): share for speaker, share in self._shares(self.samples.speakers).items()}

    def _shares(self, groups: IntArray) -> dict[int, float]:
        if not self.samples.labelled:
            return {}
        right = self.result.predicted == self.samples.classes
        return {int(group): float(right[groups == group].mean()) for group in np.unique(groups)}


@dataclass(frozen=True, kw_only=True)
class NoisePoint:
    """The accuracy at one level of a noise."""

    noise: Noise
    level: float
    accuracies: tuple[float, ...]
    """Of each seed; at level 0 a single one."""

    @property
    def mean(self) -> float:
        """Mean over the seeds."""
        return float(np.mean(self.accuracies))

    @property
    def spread(self) -> float:
        """Standard deviation over the seeds (of a sample of them: n-1); 0 of one seed."""
        return float(np.std(self.accuracies, ddof=1)) if len(self.accuracies) > 1 else 0.0


def play(image: Path, data: Path, count: int | None = None) -> Evaluation:
    """Play the first ``count`` recordings (None: all) with an image. Raises InputError, as its parts do."""
    loaded = Image.load(image)
    network = loaded.network()
    samples = load_samples(data, network, count)
    batch = GoldenBatch(network)
    start = time.monotonic()
    result = batch.run(samples.rasters)
    return Evaluation(
        image=image.name, config=loaded.config(), network=network, samples=samples, result=result,
        seconds=time.monotonic() - start,
    )  # fmt: skip


def sweep(
    clean: Evaluation,
    levels: Mapping[Noise, Sequence[float]] = LEVELS,
    *,
    seeds: int = 3,
    seed: int = 0,
    progress: Callable[[], Any] = lambda: None,
) -> list[NoisePoint]:
    """Accuracy over each noise alone, at level 0 and at ``levels``, each with ``seeds`` draws.

    Draws depend on ``seed``, the noise and their number alone: the same draw is scaled from level to level, and a noise
    by itself gives what it gives among others. ``progress`` is called after each run (levels times seeds).
    Raises InputError for seeds below 1, a negative seed, and levels that a noise cannot have.
    """
    if seeds < 1 or seed < 0:
        raise InputError(f"noise: seeds must be at least 1 and seed at least 0, not {seeds} and {seed}")
    whole = GoldenBatch(clean.network)
    undisturbed = _accuracy(clean, clean.result)
    points = []
    for noise, some in levels.items():
        points.append(NoisePoint(noise=noise, level=0.0, accuracies=(undisturbed,)))
        for level in some:
            seen = []
            for draw in range(seeds):
                rng = np.random.default_rng((seed, list(Noise).index(noise), draw))
                seen.append(_accuracy(clean, _disturbed(clean, whole, noise, level, rng)))
                progress()
            points.append(NoisePoint(noise=noise, level=float(level), accuracies=tuple(seen)))
    return points


def _accuracy(clean: Evaluation, result: Result) -> float:
    found = accuracy(result.predicted, clean.samples)
    if found is None:
        raise InputError(f"{clean.samples.name}: its samples have no labels: there is no accuracy to disturb")
    return found


def _disturbed(
    clean: Evaluation, whole: GoldenBatch, noise: Noise, level: float, rng: np.random.Generator
) -> Result:  # fmt: skip
    network, rasters = clean.network, clean.samples.rasters
    rewire: dict[Noise, Callable[..., Network]] = {
        Noise.WEIGHT_MISMATCH: partial(weight_mismatch, limits=clean.config.weight_range),
        Noise.THRESHOLD_MISMATCH: threshold_mismatch,
        Noise.DELAY_MISMATCH: partial(delay_mismatch, levels=clean.config.delays),
        Noise.DELAY_JITTER: delay_jitter,
    }
    if noise in rewire:
        return GoldenBatch(rewire[noise](network, level, rng=rng)).run(rasters)
    if noise is Noise.DROPPED_SPIKES:
        return whole.run(rasters, chance((*rasters.shape[:2], network.neurons.count), level, rng))
    change = dropped_events if noise is Noise.DROPPED_EVENTS else spurious_events
    return whole.run(change(rasters, level, rng))


def noise_report(points: Sequence[NoisePoint], seeds: int, seed: int) -> dict[str, Any]:
    """What evaluate.json says about a sweep."""
    return {
        "seeds": seeds,
        "seed": seed,
        "points": [
            {
                "noise": str(point.noise),
                "level": point.level,
                "accuracies": list(point.accuracies),
                "mean": point.mean,
                "spread": point.spread,
            }
            for point in points
        ],
    }


def noise_table(points: Sequence[NoisePoint]) -> Table:
    """A sweep for people: a line a noise, to the right its levels, and under each the accuracy."""
    table = Table(title="accuracy by level: mean, standard deviation", title_justify="left", show_header=False)
    for noise in dict.fromkeys(point.noise for point in points):
        cells = []
        for point in points:
            if point.noise is noise:
                spread = f"± {point.spread:.1%}" if len(point.accuracies) > 1 else ""
                cells.append(Text.assemble((f"{point.level:g}", "bold"), f"\n{point.mean:.1%}\n{spread}"))
        title = Text.assemble((noise.replace("_", " "), "bold"), f"\n{MEANING[noise]}")
        table.add_row(title, *cells, end_section=True)
    return table
