# SPDX-License-Identifier: Apache-2.0
"""Sweeps: one layer of random sources through every unit, one quantity varied at a time."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from flow.delay_report import formulas
from flow.delay_report.records import PointRecord, PointUnit, Swept
from flow.silicon.cache import Results, model_digest
from flow.silicon.cost import delay_area, memory_costs, run_unit, tight
from flow.silicon.macros import MacroTable
from model.config import DelayUnit
from model.cost.memories import MemoryName
from model.encoding import Raster
from model.image.image import Image
from model.mapping.compiler import compile_network, fit
from model.network import Network, Neurons, Readout

DELAY_MEMORIES = (MemoryName.QUEUE, MemoryName.HISTORY, MemoryName.MASKS, MemoryName.ACCUMULATORS)
"""Memories whose accesses depend on the unit."""


@dataclass(frozen=True, kw_only=True)
class Point:
    """A layer: ``sources`` axons, each with delay levels 0 to ``delays`` - 1 to every one of ``targets`` neurons."""

    sources: int = 48
    delays: int = 64
    activity: float = 0.1
    """Probability that a source fires in a step."""
    density: float = 0.5
    """Share of the bits of the skip mask that are set; the highest level of each source always is."""
    targets: int = 48

    def network(self) -> Network:
        """The layer, whose neurons never fire, with the same random mask each time."""
        mask = np.random.default_rng([self.sources, self.delays]).random((self.sources, self.delays)) < self.density
        mask[:, -1] = True
        source, delay = (np.repeat(each, self.targets) for each in np.nonzero(mask))
        neurons = Neurons(count=self.targets, threshold=1 << 19)
        return Network(
            axons=self.sources,
            neurons=neurons,
            source=source,
            target=np.tile(np.arange(self.targets), len(source) // self.targets),
            delay=delay,
            weight=np.ones(len(source), np.int64),
            readout=Readout(neurons=()),
            max_steps=1000,
            name="sweep",
        )

    def raster(self) -> Raster:
        """The same random input each time, shape (steps, sources): twice the longest delay and some steps."""
        steps = 2 * self.delays + 16
        return np.random.default_rng([self.sources, self.delays, 1]).random((steps, self.sources)) < self.activity

    def image(self) -> Image:
        """The layer in a build made to measure; queues have the worst case's capacity."""
        network = self.network()
        return compile_network(network, fit(network, lanes=8))


BASE = Point()
SWEEPS: dict[str, tuple[Any, ...]] = {
    "activity": (0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.18, 0.25, 0.35, 0.5, 0.7, 1.0),
    "sources": (8, 16, 32, 48, 64, 96, 128, 192, 256),
    "delays": (4, 8, 16, 32, 64, 96, 128),
    "density": (0.02, 0.05, 0.1, 0.25, 0.5, 0.75, 1.0),
}
QUICK = {"activity": (0.01, 0.1, 0.25, 1.0), "sources": (16, 48), "delays": (8, 64), "density": (0.1, 1.0)}
PUBLISHED = (Point(sources=256, delays=16, activity=1.0, density=1.0), Point(activity=1.0, density=1.0))
"""256 sources x 16 delays, and 48 x 64, all of which fire in each step."""
LARGE = (Point(sources=256, delays=128, activity=0.005), Point(sources=256, delays=128, activity=0.05, density=0.02))
"""A large layer whose sources seldom fire, and one with few levels a source."""
AXES = {
    "activity": "share of the sources that fire in a step",
    "sources": "sources",
    "delays": "delay levels D",
    "density": "share of the skip mask that is set",
}
AT: dict[str, Callable[[PointRecord], float]] = {
    "activity": lambda point: point["activity"],
    "sources": lambda point: point["sources"],
    "delays": lambda point: point["delays"],
    "density": lambda point: point["density"],
}
"""The value of each axis of the sweeps at a point, as asked for."""


def points(quick: bool) -> dict[str, list[Point]]:
    """The points of each sweep."""
    chosen = QUICK if quick else SWEEPS

    def at(axis: str, value: Any) -> Point:
        change: dict[str, Any] = {axis: value}
        return replace(BASE, **change)

    return {axis: [at(axis, value) for value in values] for axis, values in chosen.items()}


def measure(point: Point, table: MacroTable) -> PointRecord:
    """Exact figures of each unit at a point, and the formulas beside them; fit for JSON."""
    image, raster = point.image(), point.raster()
    fired = np.zeros((len(raster), point.targets), np.bool_)
    units: dict[str, PointUnit] = {}
    seen = float(raster.mean())
    for unit in DelayUnit:
        config = image.config(unit)
        run = run_unit(image, config, [raster], [fired])
        costs = memory_costs(run, table)
        writes, reads = run.moved
        units[str(unit)] = {
            "provisioned_bits": run.provisioned_bits,
            "needed_bits": replace(run, config=tight(run)).provisioned_bits,
            "formula_bits": config.spec.formula_bits(
                config, sources=point.sources, targets=point.targets, activity=seen
            ),
            "formula_at": [config.spec.formula_bits(config, sources=point.sources, targets=point.targets, activity=a)
                           for a in (0.0, 1.0)],
            "used_bits": run.used_bits,
            "held_peak": run.held_peak,
            "queue_events": config.queue_depth if unit.has_queues else 0,
            "cycles_per_step": run.cycles / run.steps,
            "stalls_per_step": run.stalls,
            "word_rate": run.word_rate,
            "writes_per_step": writes / run.steps,
            "reads_per_step": reads / run.steps,
            "memory_area_um2": delay_area(config, table),
            "energy_nj_per_step": 1e3 * sum(each.energy_uj for each in costs
                                            if each.shape.name in DELAY_MEMORIES) / run.steps,
        }  # fmt: skip
    size = point.sources, point.delays
    return {
        "sources": point.sources,
        "delays": point.delays,
        "activity": point.activity,
        "density": point.density,
        "targets": point.targets,
        "activity_seen": seen,
        "accumulator_bits": image.geometry.accumulator_bits,
        "event_bits": image.geometry.source_bits + image.geometry.delay_bits,
        "units": units,
        "formulas": formulas.of_literature(*size, seen, targets=point.targets),
    }


def sweep(quick: bool, table: MacroTable, results: Results, progress: Callable[[str], None] = lambda _: None) -> Swept:
    """Every point of the sweeps, the published points, the large layers; those that are kept are not measured again."""

    def get(point: Point) -> PointRecord:
        value: PointRecord = results.get(
            lambda: measure(point, table), "sweep", model_digest(), repr(point), table.model_dump()
        )
        progress(repr(point))
        return value

    return {
        "axes": {axis: [get(point) for point in each] for axis, each in points(quick).items()},
        "published": [get(point) for point in PUBLISHED],
        "large": [get(point) for point in LARGE],
    }
