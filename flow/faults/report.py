# SPDX-License-Identifier: Apache-2.0
"""What faults cost some networks: the sweep of each, a sample in RTL, and all of it in numbers."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import Any

from rich.table import Table

from flow.faults.curves import Curve, bit_curves, curves
from flow.faults.protection import Cost, costs, total
from flow.faults.sweep import Point, clean, interval, open_job, sweep
from flow.faults.verify import Verified, verify
from model.config import DelayUnit, Protection
from model.delay.registry import DEFAULT

QUICK_SAMPLES, SAMPLES = 20, 60
QUICK_SEEDS, SEEDS = 2, 3
RTL_SAMPLES = 3
LOSSES = (0.01, 0.05)
"""Losses of accuracy for which the rate is told."""


@dataclass(frozen=True, kw_only=True)
class Request:
    """What to measure."""

    images: Sequence[Path]
    data: Path
    samples: int | None
    """Recordings, spread evenly over the file; None: all."""
    seeds: int
    seed: int
    quick: bool
    """Every second rate, no single bits, RTL with one delay unit only, no synthesis."""
    work: Path
    """Where the parts are kept."""


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What faults cost one network."""

    name: str
    accuracy: float
    low: float
    high: float
    """Without a fault, with the 95 % interval over samples."""
    points: Sequence[Point]
    bits: Sequence[Point]
    verified: Sequence[Verified]
    protection: Sequence[Cost]
    """Of its build; none of a quick run."""


def chosen(request: Request, some: Sequence[Curve]) -> list[Curve]:
    """The curves as they are asked for: a quick run has every second rate, the highest one included."""
    return [replace(curve, rates=curve.rates[::-2][::-1]) if request.quick else curve for curve in some]


def measure(request: Request, progress: Callable[[str, int], Callable[[], None]]) -> list[Measured]:
    """Measure every network. ``progress(what, total)`` gives what is called after each part.

    Raises InputError, and BuildError or SimulationError of the part in RTL.
    """
    found = []
    for path in request.images:
        job = open_job(path, request.data, request.samples)
        right = clean(job)
        low, high = interval(right)
        main = chosen(request, list(curves(job.image)))
        bits = [] if request.quick else list(bit_curves(job.image))
        options: dict[str, Any] = {"seed": request.seed, "work": request.work}
        total = request.seeds * sum(len(curve.rates) for curve in main)
        points = sweep(job, main, seeds=request.seeds, progress=progress(f"{path.stem}: rates", total), **options)
        singles = sweep(job, bits, seeds=1, progress=progress(f"{path.stem}: bits", len(bits)), **options)
        units = [DEFAULT] if request.quick else list(DelayUnit)
        count = min(RTL_SAMPLES, len(job.samples))
        played = verify(job, units, count, request.seed, progress(f"{path.stem}: RTL", len(units) * count))
        found.append(Measured(name=path.stem, accuracy=float(right.mean()), low=low, high=high, points=points,
                              bits=singles, verified=played,
                              protection=[] if request.quick else costs(job.image.config())))  # fmt: skip
    return found


def tolerated(points: Sequence[Point], accuracy: float, loss: float) -> float | None:
    """The highest rate of a curve up to which every accuracy is at most ``loss`` below; None if no rate is."""
    best = None
    for point in points:
        if point.accuracy < accuracy - loss:
            break
        best = point.rate
    return best


def by_curve(points: Sequence[Point]) -> list[tuple[Curve, list[Point]]]:
    """The points of each curve, in order of the rate."""
    return [(some[0].curve, some) for _, group in groupby(points, lambda point: point.curve.name)
            for some in [list(group)]]  # fmt: skip


def report(request: Request, networks: Sequence[Measured]) -> dict[str, Any]:
    """The content of faults.json."""
    return {
        "data": str(request.data),
        "samples": request.samples,
        "seeds": request.seeds,
        "seed": request.seed,
        "quick": request.quick,
        "networks": [
            {
                "name": network.name,
                "accuracy": network.accuracy,
                "interval": [network.low, network.high],
                "curves": [_curve(network, curve, points) for curve, points in by_curve(network.points)],
                "bits": [_curve(network, curve, points) for curve, points in by_curve(network.bits)],
                "rtl": [asdict(each) for each in network.verified],
                "protection": [asdict(each) for each in network.protection],
            }
            for network in networks
        ],
    }


def _curve(network: Measured, curve: Curve, points: Sequence[Point]) -> dict[str, Any]:
    single = {} if curve.field is None else {"field": curve.field, "bit": curve.bit}
    losses = {} if single else {
        f"rate_within_{round(100 * loss)}_points": tolerated(points, network.accuracy, loss) for loss in LOSSES
    }  # fmt: skip
    return {
        "what": str(curve.what),
        "unit": curve.unit,
        **single,
        "memory_bits": curve.bits,
        **losses,
        "points": [
            {
                "rate": point.rate,
                "accuracy": point.accuracy,
                "interval": [point.low, point.high],
                "faults": point.faults,
            }
            for point in points
        ],
    }


def tables(networks: Sequence[Measured]) -> list[Table]:
    """For people: a table a network, a line a curve."""
    found = []
    for network in networks:
        interval_text = f"{network.accuracy:.1%} without a fault ({network.low:.1%} to {network.high:.1%})"
        table = Table(title=f"{network.name}: {interval_text}", title_justify="left")
        for name in ("fault", "delay unit", "bits", "rate: accuracy (95 % interval)"):
            table.add_column(name)
        for curve, points in by_curve(network.points):
            cells = [f"{point.rate:g}: {point.accuracy:.0%} ({point.low:.0%}-{point.high:.0%})" for point in points]
            table.add_row(str(curve.what), curve.unit, f"{curve.bits:,}" if curve.bits else "", ", ".join(cells))
        for each in network.verified:
            seen = f"{each.samples} samples, {each.faults} faults, {each.changed} changed"
            table.add_row("in RTL", each.unit, "", f"{seen}: {each.mismatches} mismatches")
        for protection in Protection:
            bits, luts = total(network.protection, protection)
            if luts:
                table.add_row("cost", str(protection), f"{bits:,}", f"check bits of the image memories, {luts:,} LUTs")
        found.append(table)
    return found
