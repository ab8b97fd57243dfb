# SPDX-License-Identifier: Apache-2.0
"""``chronaxie area``: what a build costs on an FPGA."""

from typing import Annotated

import typer

from flow.commands.options import (
    BUILD,
    IMAGE,
    BuildOption,
    ChoiceOption,
    JobsOption,
    JsonOption,
    ProtectionOption,
    UnitOption,
    builds,
)
from flow.run.report import check_json, write_json
from flow.synthesis.area import DesignArea, measure, report, table
from model.config import PRESETS, Protection
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
    protection: ProtectionOption = Protection.NONE,
    lanes: LanesOption = None,
    seeds: SeedsOption = 1,
    jobs: JobsOption = None,
    json: JsonOption = None,
) -> None:
    """Synthesise, place and route the delay units and the core for ECP5: flip-flops, LUTs, block RAM, DSP, Fmax.

    What is done is kept in build/area, a placement at a time: a run that was stopped goes on.
    """
    refuse_overwriting([json] if json else [], [image or IMAGE])
    check_json(json)
    if not 1 <= seeds <= SEEDS:
        raise InputError(f"seeds must be 1 to {SEEDS}, not {seeds}")
    source, configs = builds(image, preset, unit, option, protection, lanes=lanes)
    done: list[DesignArea] = []
    with console(stderr=True).status("yosys and nextpnr: some minutes a core") as status:
        for each in measure(configs, BUILD / "area", job_count(jobs), seeds):
            done.append(each)
            status.update(f"yosys and nextpnr: {len(done)} of {2 * len(configs)} designs done")
    done.sort(key=lambda each: (each.design.split("_")[0] == "core", each.config.delay_unit))
    if json:
        write_json(json, report(source, done))
    console().print(table(source, done))
