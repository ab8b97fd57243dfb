# SPDX-License-Identifier: Apache-2.0
"""The comparison as data: everything that the pages show."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from flow.delay_report import formulas
from flow.delay_report.advice import advise
from flow.delay_report.crossings import QUANTITIES, by_formula, crossings
from flow.delay_report.sweep import LARGE, PUBLISHED, Point, points, sweep
from flow.delay_report.trained import Activity, network_report, played
from flow.silicon.cache import Results
from flow.silicon.cells import MEMORY, area
from flow.silicon.jobs import Job, Silicon
from flow.silicon.liberty import CellLibrary, read_cells
from flow.silicon.macros import MacroTable
from flow.silicon.share import TOGGLES, flip_flop_figures, logic_energy_uj, share_record, shares
from flow.synthesis.ecp5 import DEVICE, Area
from model.config import CoreConfig, DelayUnit
from model.delay.spec import Holds
from model.image.image import Image
from support.listener import Listener

QUICK_SAMPLES = 20
"""Recordings of each network in a quick report."""
GRID = tuple(Point(sources=sources, delays=delays, density=1.0) for sources, delays in ((48, 8), (48, 64), (256, 64)))
"""Sizes for which delay units are synthesised: logic by delays and sources."""


@dataclass(frozen=True, kw_only=True)
class Request:
    """What to compare."""

    images: tuple[Path, ...]
    """The first is the one whose cores are synthesised."""
    data: Path
    samples: int | None
    """Recordings of each network; None: all."""
    quick: bool
    """Fewer points, and no synthesis."""
    liberty: Path | None
    table: MacroTable
    jobs: int
    work: Path
    """Where results are kept between runs."""


def build(request: Request, listener: Listener) -> dict[str, Any]:
    """Measure all that is not kept from before. Raises InputError, BuildError."""
    library = read_cells(request.liberty) if request.liberty else None
    images = [Image.load(path) for path in request.images]
    results = Results(request.work / "results")

    listener.begin("trained networks", len(images))
    networks = []
    for path, image in zip(request.images, images, strict=True):
        activity = _activity(request, image)
        network = network_report(path, image, activity, request.table, results)
        network["advice"] = advise(image, activity, request.table).record()
        networks.append(network)
        listener.advance()

    listener.begin("sweeps", len(PUBLISHED) + len(LARGE) + sum(map(len, points(request.quick).values())))
    swept = sweep(request.quick, request.table, results, lambda _: listener.advance())

    silicon = None
    if not request.quick:
        silicon = _silicon(request, images[0], networks[0], library, listener)
    activity_points = swept["axes"]["activity"]
    return {
        "quick": request.quick,
        "macros": request.table.name,
        "flip_flop": request.table.flip_flop.model_dump(),
        "liberty": library.name if library else None,
        "networks": networks,
        "sweeps": swept["axes"],
        "published": swept["published"],
        "large": swept["large"],
        "formulas": [asdict(point) for point in formulas.points()],
        "ring_against_scdq": formulas.ring_against_scdq(48, 48, 64),
        "crossings": [asdict(each) for each in crossings(activity_points)],
        "crossings_by_formula": [
            {"first": unit, "second": other, "at": at}
            for (unit, other), at in by_formula(activity_points[0]).items()
        ],
        "quantities": QUANTITIES,
        "silicon": silicon,
    }  # fmt: skip


def _activity(request: Request, image: Image) -> Activity:
    """The recordings through the golden model; a quick report takes the first of them unless it is told how many."""
    activity = played(image, request.data, request.samples)
    if not request.quick or request.samples is not None or len(activity.events) <= QUICK_SAMPLES:
        return activity
    return replace(
        activity, text=f"the first {QUICK_SAMPLES} of {activity.text}", correct=None,
        events=activity.events[:QUICK_SAMPLES], spikes=activity.spikes[:QUICK_SAMPLES],
    )  # fmt: skip


def _jobs(request: Request, image: Image) -> tuple[list[CoreConfig], list[CoreConfig], list[Job]]:
    cores = [image.config(unit) for unit in DelayUnit]
    grid = [each for point in GRID for each in (point.image().config(unit) for unit in DelayUnit)]
    jobs = [
        Job(design=f"{part}_{config.delay_unit}", config=config, liberty=liberty)
        for part, configs in (("core", cores), ("delay", cores), ("delay", grid))
        for config in configs
        for liberty in ([None, request.liberty] if request.liberty else [None])
    ]
    if request.liberty:
        jobs += [Job(design=design, liberty=request.liberty) for design in ("registers", "no_registers")]
    return cores, grid, jobs


def _silicon(
    request: Request, image: Image, network: dict[str, Any], library: CellLibrary | None, listener: Listener
) -> dict[str, Any]:
    silicon = Silicon(request.work)
    cores, grid, jobs = _jobs(request, image)
    listener.begin("synthesis", len(jobs))
    silicon.run(jobs, request.jobs, lambda _: listener.advance())
    liberty = request.liberty
    units: dict[str, Any] = {}
    for config in cores:
        unit = str(config.delay_unit)
        units[unit] = {part: _fpga_record(silicon.fpga(f"{part}_{unit}", config)) for part in ("delay", "core")}
        if library and liberty:
            counts = silicon.cells(f"core_{unit}", config, liberty)
            alone = silicon.cells(f"delay_{unit}", config, liberty)
            peak = network["units"][unit]["held_peak"]
            cycles = network["units"][unit]["cycles"]
            inside = counts.within(f"core_{unit}.delay")
            units[unit] |= {
                "modules": dict(sorted(counts.areas(library).items())),
                "logic_um2": area(inside, library),
                "logic_alone_um2": area(alone.within(f"delay_{unit}"), library),
                "cells": sum(count for kind, count in inside.items() if kind != MEMORY),
                "core_logic_um2": sum(counts.areas(library).values()),
                "shares": [share_record(each) for each in shares(counts, config, peak, library, request.table)],
                "unit_logic_uj": logic_energy_uj(inside, library, cycles),
                "core_logic_uj": logic_energy_uj(counts.within(f"core_{unit}"), library, cycles),
            }
    found: dict[str, Any] = {"device": DEVICE, "image": network["image"], "toggles": TOGGLES, "units": units}
    found["grid"] = [_grid_record(silicon, config, library, liberty) for config in grid]
    if library and liberty:
        registers, plain = (silicon.cells(name, None, liberty) for name in ("registers", "no_registers"))
        found["flip_flop"] = flip_flop_figures(registers, plain, library)
        found["logic_model"] = logic_model(found["grid"])
    return found


def _fpga_record(area: Area | None) -> dict[str, Any]:
    """Fit for JSON; no figures where the tools gave up."""
    return asdict(area) if area else dict.fromkeys(Area.__dataclass_fields__)


def _grid_record(
    silicon: Silicon, config: CoreConfig, library: CellLibrary | None, liberty: Path | None
) -> dict[str, Any]:
    name = f"delay_{config.delay_unit}"
    record: dict[str, Any] = {
        "unit": str(config.delay_unit),
        "sources": config.axons,
        "delays": config.delays,
        **_fpga_record(silicon.fpga(name, config)),
    }
    if library and liberty:
        counts = silicon.cells(name, config, liberty)
        record["logic_um2"] = area(counts.within(name), library)
    return record


def logic_model(grid: Sequence[dict[str, Any]]) -> dict[str, dict[str, float]]:
    """Logic area of each unit, um2, as base + per_delay * D + per_source * sources with a history, by least squares."""
    model = {}
    for unit in DelayUnit:
        mine = [record for record in grid if record["unit"] == unit]
        kept = [record["sources"] if unit.spec.holds is Holds.SOURCES else 0 for record in mine]
        table = np.array([[1, record["delays"], size] for record, size in zip(mine, kept, strict=True)], float)
        fit = np.linalg.lstsq(table, np.array([record["logic_um2"] for record in mine]), rcond=None)[0]
        model[str(unit)] = {"base": fit[0], "per_delay": fit[1], "per_source": fit[2]}
    return {unit: {name: round(float(value), 1) for name, value in each.items()} for unit, each in model.items()}
