# SPDX-License-Identifier: Apache-2.0
"""Accuracy over the fault rate by the golden model, every cell of it kept: a run that was stopped goes on."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from flow.faults.curves import Curve
from flow.run.recordings import Samples, load_samples
from model.encoding import to_events
from model.faults.core import FaultyCore
from model.image.image import Image
from support.array_cache import kept
from support.errors import InputError
from support.folder_cache import digest
from support.paths import ROOT
from tb.core.bench import EVENTS

Right = NDArray[np.bool_]
"""Whether each sample was recognised with each draw, shape (seeds, samples)."""
DRAWS = 2000
"""Of the bootstrap."""
SOURCES = ("model/faults", "model/golden.py", "model/result.py")
"""What results depend on, besides image and recordings."""


@dataclass(frozen=True, kw_only=True)
class Job:
    """An image with the recordings that it is measured on."""

    path: Path
    image: Image
    samples: Samples
    events: Sequence[EVENTS]
    key: str
    """Stands for image, recordings and the model's sources."""


@dataclass(frozen=True, kw_only=True)
class Point:
    """The accuracy at one rate."""

    curve: Curve
    rate: float
    accuracy: float
    low: float
    high: float
    """Of the 95 % interval over draws and samples."""
    faults: float
    """Faults of a sample, on average; of lasting ones, of the core."""


def open_job(path: Path, data: Path, count: int | None) -> Job:
    """An image, and ``count`` recordings spread evenly over a file (None: all). Raises InputError."""
    image = Image.load(path)
    whole = load_samples(data, image.network())
    if not whole.labelled:
        raise InputError(f"{data}: its samples have no labels: there is no accuracy that faults could cost")
    if count is not None and count > len(whole):
        raise InputError(f"{data}: has {len(whole)} recordings, not {count}")
    chosen = np.arange(len(whole)) if count is None else np.arange(count) * len(whole) // count
    samples = Samples(name=whole.name, rasters=whole.rasters[chosen], classes=whole.classes[chosen],
                      speakers=whole.speakers[chosen])  # fmt: skip
    texts = [file.read_bytes() for name in SOURCES for file in _files(ROOT / name)]
    key = digest(image.to_bytes(), samples.rasters.tobytes(), samples.classes.tobytes(), *texts)
    return Job(
        path=path, image=image, samples=samples, events=[to_events(raster) for raster in samples.rasters], key=key
    )


def _files(path: Path) -> list[Path]:
    return sorted(path.rglob("*.py")) if path.is_dir() else [path]


def clean(job: Job) -> Right:
    """Whether each sample is recognised without a fault, shape (1, samples)."""
    core = FaultyCore(job.image, job.image.config())
    return _recognised(job, core)[None]


def sweep(job: Job, curves: Iterable[Curve], *, seeds: int, seed: int, work: Path,
          progress: Callable[[], None] = lambda: None) -> list[Point]:  # fmt: skip
    """Every rate of every curve with ``seeds`` draws. ``progress`` is called after each of them.

    A draw depends on ``seed``, its number, the curve and the rate alone. Raises InputError if ``work`` cannot be
    written.
    """
    points = []
    for curve in curves:
        for place, rate in enumerate(curve.rates):
            right, count = [], []
            for number in range(seeds):
                recognised, faults = _cell(job, curve, place, (seed, number), work)
                right.append(recognised)
                count.append(faults)
                progress()
            matrix = np.stack(right)
            low, high = interval(matrix)
            points.append(Point(curve=curve, rate=rate, accuracy=float(matrix.mean()), low=low, high=high,
                                faults=float(np.mean(count))))  # fmt: skip
    return points


def interval(right: Right) -> tuple[float, float]:
    """The 95 % interval of the mean, by a bootstrap that draws seeds and samples anew (with replacement)."""
    seeds, samples = right.shape
    rng = np.random.default_rng(0)
    # How often each seed and each sample is drawn.
    rows = rng.multinomial(seeds, [1 / seeds] * seeds, DRAWS)
    columns = rng.multinomial(samples, [1 / samples] * samples, DRAWS)
    means = ((rows @ right.astype(np.float64)) * columns).sum(1) / (seeds * samples)
    low, high = np.quantile(means, (0.025, 0.975))
    return float(low), float(high)


def _cell(job: Job, curve: Curve, place: int, seed: tuple[int, int], work: Path) -> tuple[Right, float]:
    """Samples recognised with one draw, and its faults."""
    rate = curve.rates[place]
    name = digest(job.key, curve.name, repr(rate), repr(seed))

    def make() -> dict[str, NDArray[np.float64] | Right]:
        stream = int(digest(curve.name), 16) % (1 << 32)
        faults = curve.draw(rate, (*seed, stream, int(1 / rate)), job.events)
        core = FaultyCore(job.image, curve.config, faults)
        each = len(faults) if curve.lasting else len(faults) / max(1, len(job.events))
        return {"right": _recognised(job, core), "faults": np.array(float(each))}

    found = kept(work / f"{name}.npz", lambda arrays: len(arrays["right"]) == len(job.events), make)
    return found["right"], float(found["faults"])


def _recognised(job: Job, core: FaultyCore) -> Right:
    seen = [int(core.run(events, number).result.predicted) for number, events in enumerate(job.events)]
    return np.asarray(seen) == job.samples.classes
