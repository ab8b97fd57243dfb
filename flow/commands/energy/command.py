# SPDX-License-Identifier: Apache-2.0
"""``chronaxie energy``: what an inference costs, by block and by phase."""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from flow.commands.options import (
    BUILD,
    DATA,
    OUTPUT,
    BuildOption,
    ChoiceOption,
    DataOption,
    SamplesOption,
    UnitOption,
    choices,
    sample_count,
)
from flow.energy.activity import Phase
from flow.energy.report import KINDS, measure
from flow.run.recordings import load_samples
from flow.run.report import check_json, write_json
from model.delay.registry import DelayUnit
from model.image.image import Image
from support.console import console, name_column
from support.outputs import refuse_overwriting

DEFAULT_IMAGE = Path("tables/hd_t5_48_48_20_w4.chx")
"""The network of 4 bits that the aim is about."""
DEFAULT_UNIT = DelayUnit.BITMAP
"""The unit whose memories take least energy on it (docs/delay-units.md)."""


def energy(
    *,
    image: BuildOption = None,
    unit: UnitOption = None,
    option: ChoiceOption = None,
    data: DataOption = DATA,
    samples: SamplesOption = "20",
    liberty: Annotated[
        Path | None,
        typer.Option("--liberty", metavar="FILE", help="Standard cells (.lib or .lib.gz); else memories alone."),
    ] = None,
    json: Annotated[Path, typer.Option("--json", metavar="FILE", help="The report."), OUTPUT] = BUILD
    / "reports/energy.json",
) -> None:
    """Estimate the energy of an inference on 130 nm: memories, logic, clock and leakage, by block and by phase.

    Logic and clock come from the activity of one recording in simulation, and from the cells of a library.
    """
    source = image or DEFAULT_IMAGE
    refuse_overwriting([json], [source, Path(data), *([liberty] if liberty else [])])
    check_json(json)
    loaded = Image.load(source)
    chosen = unit or DEFAULT_UNIT
    config = loaded.config(chosen, **choices(unit, option))
    recordings = load_samples(Path(data), loaded.network(), sample_count(samples))
    with console(stderr=True).status("") as status:
        found = measure(loaded, config, recordings, liberty=liberty, work=BUILD / "energy", progress=status.update)
    write_json(json, {"image": source.name, "dataset": recordings.name, "unit": str(chosen), **found})
    console().print(_table(f"{source.name}, {chosen}, uJ per inference", found))
    console().print(verdict(found), soft_wrap=True)


def _table(title: str, found: dict[str, Any]) -> Table:
    table = Table(name_column(title))
    for name in (*KINDS, *Phase, "total"):
        table.add_column(str(name).removesuffix("_uj"), justify="right")
    parts = found["parts"]
    for block in (*found["by_block"], "all"):
        mine = [part for part in parts if block in (part["block"], "all")]
        kinds = [sum(part[kind] for part in mine) for kind in KINDS]
        phases = [sum(part["total_uj"] for part in mine if part["phase"] == phase) for phase in Phase]
        table.add_row(block, *(f"{value:.2f}" for value in (*kinds, *phases, sum(kinds))))
    return table


def verdict(found: dict[str, Any]) -> str:
    """How the total compares with the aim, in a line."""
    if found["library"] is None:
        return "memories alone: with --liberty, logic and clock as well"
    how = "met" if found["aim_met"] else "missed"
    cells = found["cells"]
    return (
        f"aim of {found['aim_uj']:g} uJ {how}: {found['total_uj']:.1f} uJ with {cells['gated_flip_flops']:,} of "
        f"{cells['flip_flops']:,} flip-flops behind {cells['gates']} clock gates, "
        f"{found['ungated_total_uj']:.1f} uJ if each had its clock in every cycle"
    )
