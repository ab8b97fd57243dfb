# SPDX-License-Identifier: Apache-2.0
"""The comparison as data: everything that the pages show."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import cast

import numpy as np

from flow.delay_report import formulas
from flow.delay_report.advice import advise, routed_clocks
from flow.delay_report.crossings import QUANTITIES, by_formula, crossings
from flow.delay_report.records import (
    FpgaRecord,
    GridRecord,
    LogicModel,
    NetworkRecord,
    Report,
    SiliconRecord,
    SiliconUnit,
)
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
    areas: Path
    """Where the report of `make area` is, if there is one."""


def build(request: Request, listener: Listener) -> Report:
    """Measure all that is not kept from before. Raises InputError, BuildError."""
    library = read_cells(request.liberty) if request.liberty else None
    images = [Image.load(path) for path in request.images]
    results = Results(request.work / "results")

    listener.begin("trained networks", len(images))
    networks = []
    for path, image in zip(request.images, images, strict=True):
        activity = _activity(request, image)
        network = network_report(path, image, activity, request.table, results)
        network["advice"] = advise(image, activity, request.table, routed_clocks(image, request.areas)).record()
        networks.append(network)
        listener.advance()

    listener.begin("sweeps", len(PUBLISHED) + len(LARGE) + sum(map(len, points(request.quick).values())))
    swept = sweep(request.quick, request.table, results, lambda _: listener.advance())

    silicon = None
    if not request.quick:
        silicon = _silicon(request, images[0], networks[0], library, listener)
    activity_points = swept["axes"]["activity"]
    flop = request.table.flip_flop
    return {
        "quick": request.quick,
        "macros": request.table.name,
        "flip_flop": {"area_um2": flop.area_um2, "clock_pj": flop.clock_pj, "access_pj": flop.access_pj},
        "liberty": library.name if library else None,
        "networks": networks,
        "sweeps": swept["axes"],
        "published": swept["published"],
        "large": swept["large"],
        "formulas": [
            {"text": each.text, "published": each.published, "formula": each.formula} for each in formulas.points()
        ],
        "ring_against_scdq": formulas.ring_against_scdq(48, 48, 64),
        "crossings": [
            {"quantity": each.quantity, "first": each.first, "second": each.second, "at": list(each.at)}
            for each in crossings(activity_points)
        ],
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
    request: Request, image: Image, network: NetworkRecord, library: CellLibrary | None, listener: Listener
) -> SiliconRecord:
    silicon = Silicon(request.work)
    cores, grid, jobs = _jobs(request, image)
    listener.begin("synthesis", len(jobs))
    silicon.run(jobs, request.jobs, lambda _: listener.advance())
    liberty = request.liberty
    units: dict[str, SiliconUnit] = {}
    for config in cores:
        unit = str(config.delay_unit)
        delay, core = (_fpga_record(silicon.fpga(f"{part}_{unit}", config)) for part in ("delay", "core"))
        units[unit] = {"delay": delay, "core": core}
        if library and liberty:
            counts = silicon.cells(f"core_{unit}", config, liberty)
            alone = silicon.cells(f"delay_{unit}", config, liberty)
            peak = network["units"][unit]["held_peak"]
            cycles = network["units"][unit]["cycles"]
            inside = counts.within(f"core_{unit}.delay")
            units[unit] = {
                **units[unit],
                "modules": dict(sorted(counts.areas(library).items())),
                "logic_um2": area(inside, library),
                "logic_alone_um2": area(alone.within(f"delay_{unit}"), library),
                "cells": sum(count for kind, count in inside.items() if kind != MEMORY),
                "core_logic_um2": sum(counts.areas(library).values()),
                "shares": [share_record(each) for each in shares(counts, config, peak, library, request.table)],
                "unit_logic_uj": logic_energy_uj(inside, library, cycles),
                "core_logic_uj": logic_energy_uj(counts.within(f"core_{unit}"), library, cycles),
            }
    found: SiliconRecord = {
        "device": DEVICE,
        "image": network["image"],
        "toggles": TOGGLES,
        "units": units,
        "grid": [_grid_record(silicon, config, library, liberty) for config in grid],
    }
    if library and liberty:
        registers, plain = (silicon.cells(name, None, liberty) for name in ("registers", "no_registers"))
        found["flip_flop"] = flip_flop_figures(registers, plain, library)
        found["logic_model"] = logic_model(found["grid"])
    return found


def _fpga_record(area: Area | None) -> FpgaRecord:
    """Fit for JSON; no figures where the tools gave up."""
    values = asdict(area) if area else dict.fromkeys(Area.__dataclass_fields__)
    return cast("FpgaRecord", values)


def _grid_record(silicon: Silicon, config: CoreConfig, library: CellLibrary | None, liberty: Path | None) -> GridRecord:
    name = f"delay_{config.delay_unit}"
    record: GridRecord = {
        "unit": str(config.delay_unit),
        "sources": config.axons,
        "delays": config.delays,
        **_fpga_record(silicon.fpga(name, config)),
    }
    if library and liberty:
        counts = silicon.cells(name, config, liberty)
        record["logic_um2"] = area(counts.within(name), library)
    return record


def logic_model(grid: Sequence[GridRecord]) -> dict[str, LogicModel]:
    """Logic area of each unit, um2, as base + per_delay * D + per_source * sources with a history, by least squares."""
    model: dict[str, LogicModel] = {}
    for unit in DelayUnit:
        mine = [record for record in grid if record["unit"] == unit]
        kept = [record["sources"] if unit.spec.holds is Holds.SOURCES else 0 for record in mine]
        table = np.array([[1, record["delays"], size] for record, size in zip(mine, kept, strict=True)], float)
        fit = np.linalg.lstsq(table, np.array([record["logic_um2"] for record in mine]), rcond=None)[0]
        base, per_delay, per_source = (round(float(value), 1) for value in fit)
        model[str(unit)] = {"base": base, "per_delay": per_delay, "per_source": per_source}
    return model
