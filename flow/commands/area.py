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
from model.config import PRESETS
from model.protection import Protection
from support.console import console
from support.jobs import job_count
from support.outputs import refuse_overwriting

PresetOption = Annotated[
    str | None, typer.Option("--preset", metavar="NAME", help=f"A named build instead: {', '.join(PRESETS)}.")
]


def area(
    *,
    image: BuildOption = None,
    preset: PresetOption = None,
    unit: UnitOption = None,
    option: ChoiceOption = None,
    protection: ProtectionOption = Protection.NONE,
    jobs: JobsOption = None,
    json: JsonOption = None,
) -> None:
    """Synthesise, place and route the delay units and the core for ECP5: flip-flops, LUTs, block RAM, DSP, Fmax."""
    refuse_overwriting([json] if json else [], [image or IMAGE])
    check_json(json)
    source, configs = builds(image, preset, unit, option, protection)
    done: list[DesignArea] = []
    with console(stderr=True).status("yosys and nextpnr: some minutes a core"):
        done += measure(configs, BUILD / "area", job_count(jobs))
    done.sort(key=lambda each: (each.design.split("_")[0] == "core", each.config.delay_unit))
    if json:
        write_json(json, report(source, done))
    console().print(table(source, done))
