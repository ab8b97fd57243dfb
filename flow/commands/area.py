# SPDX-License-Identifier: Apache-2.0
"""``chronaxie area``: what a build costs on an FPGA."""

from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer

from flow.commands.options import (
    BUILD,
    IMAGE,
    BuildOption,
    ChoiceOption,
    JobsOption,
    JsonOption,
    UnitOption,
    builds,
    choices,
    units,
)
from flow.run.report import check_json, write_json
from flow.synthesis.area import Build, DesignArea, measure, report, table
from model.config import PRESETS, Protection
from model.fabric.bundle import Bundle
from support.console import console
from support.errors import InputError
from support.jobs import job_count
from support.outputs import refuse_overwriting

SEEDS = 100
"""Most placements of a design."""

PresetOption = Annotated[
    str | None, typer.Option("--preset", metavar="NAME", help=f"A named build instead: {', '.join(PRESETS)}.")
]

LanesOption = Annotated[
    int | None, typer.Option("--lanes", metavar="N", help="For a build of so many lanes (default: the image's).")
]
SeedsOption = Annotated[
    int, typer.Option("--seeds", metavar="N", help="Place and route each design with the seeds 1 to N.")
]


def area(
    *,
    image: BuildOption = None,
    preset: PresetOption = None,
    unit: UnitOption = None,
    option: ChoiceOption = None,
    protection: Annotated[
        list[Protection] | None,
        typer.Option("--protection", help="Check bits on the memories that hold the image; repeat to compare them."),
    ] = None,
    lanes: LanesOption = None,
    liberty: Annotated[
        Path | None,
        typer.Option("--liberty", metavar="FILE", help="Standard cells (.lib or .lib.gz): area on silicon as well."),
    ] = None,
    seeds: SeedsOption = 1,
    jobs: JobsOption = None,
    json: JsonOption = None,
) -> None:
    """Synthesise, place and route the delay units and the core for ECP5: flip-flops, LUTs, block RAM, DSP, Fmax.

    For a bundle (.chxb), the fabric that takes it. What is done is kept in build/area, a placement at a time: a run
    that was stopped goes on.
    """
    refuse_overwriting([json] if json else [], [image or IMAGE, *([liberty] if liberty else [])])
    check_json(json)
    if not 1 <= seeds <= SEEDS:
        raise InputError(f"seeds must be 1 to {SEEDS}, not {seeds}")
    source, configs = _builds(image, preset, unit, option, list(dict.fromkeys(protection or [Protection.NONE])),
                              lanes=lanes)  # fmt: skip
    count = job_count(jobs)
    library = import_module("flow.silicon.liberty").read_cells(liberty) if liberty else None
    done: list[DesignArea] = []
    with console(stderr=True).status("yosys and nextpnr: some minutes a core") as status:
        for each in measure(configs, BUILD / "area", count, seeds):
            done.append(each)
            status.update(f"yosys and nextpnr: {len(done)} designs done")
        order = list(Protection)
        done.sort(key=lambda each: (not each.design.startswith("delay"), each.unit, order.index(each.protection)))
        silicon: list[Any] = []
        if liberty:
            status.update("yosys: standard cells")
            macros, whole, jobs_of = (
                import_module(f"flow.silicon.{name}") for name in ("macros", "whole", "jobs")
            )  # fmt: skip
            silicon = whole.whole_areas(
                [(each.config, each.design) for each in done], liberty, library, macros.load_table(None),
                silicon=jobs_of.Silicon(BUILD / "area"), jobs=count,
            )  # fmt: skip
    if json:
        write_json(json, report(source, done, silicon))
    console().print(table(source, done, silicon))


def _builds(image: Path | None, preset: str | None, unit: Any, option: list[str] | None,
            protections: list[Protection], *, lanes: int | None) -> tuple[str, list[Build]]:  # fmt: skip
    """The builds of each protection in turn, and what they are named after."""
    found: list[Build] = []
    if image is None or image.suffix != ".chxb":
        source = ""
        for each in protections:
            source, made = builds(image, preset, unit, option, each, lanes=lanes)
            found += made
        return source, found
    if preset is not None or lanes is not None:
        raise InputError(f"{image}: a bundle says what its cores are; give no --preset and no --lanes")
    bundle, chosen = Bundle.load(image), choices(unit, option)
    return image.name, [bundle.config([kind], protection=each, **chosen) for each in protections
                        for kind in units(unit)]  # fmt: skip
