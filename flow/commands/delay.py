# SPDX-License-Identifier: Apache-2.0
"""``chronaxie delay-report`` and ``chronaxie advise``: the delay units compared, and which one a network should get."""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from data.samples import open_some
from flow.commands.options import (
    BUILD,
    DATA,
    IMAGE,
    OUTPUT,
    DataOption,
    JobsOption,
    JsonOption,
    SamplesOption,
    sample_count,
    stages,
)
from flow.delay_report.records import AdviceRecord, Report, UnitRecord
from flow.run.report import check_json, write_json
from model.image.image import Image
from support.console import console, name_column
from support.errors import InputError
from support.files import make_folder
from support.jobs import job_count
from support.outputs import refuse_overwriting

FILES = ("delay.json", "delay.md", "delay.html")
"""What the report consists of."""
AREAS = BUILD / "reports" / "area.json"
"""Where `make area` writes its report."""
SAMPLES = 50
"""Recordings that tell a network's activity well enough, unless --samples says otherwise."""

MacrosOption = Annotated[
    Path | None, typer.Option("--macros", metavar="FILE", help="Table of SRAM macros (TOML; default: IHP 130 nm).")
]
MacroLibraryOption = Annotated[
    list[Path] | None,
    typer.Option("--macro-lib", metavar="FILE", help="Liberty file of an SRAM macro, instead of the table's; repeat."),
]
LibertyOption = Annotated[
    Path | None, typer.Option("--liberty", metavar="FILE", help="Standard cells (.lib or .lib.gz).")
]


def _report_modules() -> tuple[Any, Any]:
    """The modules that make the report. Raises InputError where matplotlib or jinja2 is not installed."""
    try:
        return import_module("flow.delay_report.report"), import_module("flow.delay_report.page")
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] in ("matplotlib", "jinja2", "markupsafe", "cycler"):
            raise InputError(f"the report needs {error.name}: run `make all`, or pip install -e '.[report]'") from None
        raise


def delay_report(
    *,
    images: Annotated[
        list[Path] | None, typer.Argument(metavar="[IMAGE]...", help="Trained networks (default: tables/*.chx).")
    ] = None,
    data: DataOption = DATA,
    samples: SamplesOption = None,
    liberty: LibertyOption = None,
    macros: MacrosOption = None,
    macro_lib: MacroLibraryOption = None,
    quick: Annotated[bool, typer.Option("--quick", help="Fewer points, no synthesis: under a minute.")] = False,
    jobs: JobsOption = None,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FOLDER", help="Where the report goes."), OUTPUT
    ] = BUILD / "reports" / "delay",
) -> None:
    """Compare the delay units: memory, cycles, area and energy, on trained networks and over sweeps.

    Writes delay.json, delay.md and delay.html. What was done is kept in build/delay, so a run that was stopped goes on.
    """
    paths = list(images or _tables())
    count = sample_count(samples)
    refuse_overwriting(
        [output / name for name in FILES],
        [*paths, data, *(each for each in (liberty, macros) if each), *(macro_lib or ())],
    )
    make_folder(output)
    report, page = _report_modules()
    macro = import_module("flow.silicon.macros")
    request = report.Request(
        images=tuple(paths), data=data, samples=count,
        quick=quick, liberty=liberty, table=macro.load_table(macros, macro_lib or ()), jobs=job_count(jobs),
        work=BUILD / "delay", areas=AREAS,
    )  # fmt: skip
    with stages() as listener:
        content = report.build(request, listener)
    written = page.write_report(output, content)
    shown = console()
    shown.print(summary_table(content))
    for path in written:
        shown.print(str(path), soft_wrap=True)


def _tables() -> list[Path]:
    """The images that come with the project, the default one first. Raises InputError if there are none."""
    found = sorted(IMAGE.parent.glob("*.chx"), key=lambda path: (path.name != IMAGE.name, path.name))
    if not found:
        raise InputError(f"{IMAGE.parent}: no images (*.chx); name some")
    return found


def summary_table(content: Report) -> Table:
    """The report in short: a column a unit, for each network."""
    units = list(content["networks"][0]["units"])
    table = Table(name_column("network"), "")
    for unit in units:
        table.add_column(unit, justify="right")
    for network in content["networks"]:
        rows: list[tuple[str, Callable[[UnitRecord], str]]] = [
            ("cycles per inference", lambda each: f"{each['cycles']:,.0f}"),
            ("word rate", lambda each: f"{each['word_rate']:.1%}"),
            ("lane fill", lambda each: f"{each['lane_fill']:.1%}"),
            ("delay memory as built, bits", lambda each: f"{each['delay_memory_bits']:,}"),
            ("bits added by delays", lambda each: f"{each['provisioned_bits']:,}"),
            ("bits used of these, peak", lambda each: f"{each['used_bits']:,}"),
            ("energy of memories, uJ", lambda each: f"{sum(one['energy_uj'] for one in each['memories']):.2f}"),
        ]
        for index, (name, form) in enumerate(rows):
            table.add_row(network["image"] if index == 0 else "", name, *(form(network["units"][u]) for u in units))
        table.add_row("", "advice", *("*" if unit == network["advice"]["unit"] else "" for unit in units))
        table.add_section()
    silicon = content["silicon"]
    if silicon and content["liberty"]:
        for index, name in ((0, "share of the core, worst case"), (-1, "share of the core's logic")):
            shares = [silicon["units"][unit]["shares"][index]["share"] for unit in units]
            table.add_row(silicon["image"] if index == 0 else "", name, *(f"{share:.2%}" for share in shares))
    return table


def advise(
    image: Annotated[Path, typer.Argument(metavar="IMAGE", help="Image of a network (.chx).")],
    *,
    data: Annotated[
        Path | None, typer.Option("--data", metavar="FILE", help="Recordings that tell its activity, as of sim.")
    ] = None,
    samples: Annotated[
        str | None,
        typer.Option("--samples", metavar="N|all", help=f"Play the first N recordings (default: up to {SAMPLES})."),
    ] = None,
    activity: Annotated[
        float | None,
        typer.Option(min=0.0, max=1.0, help="Without recordings: share of the sources that fire in a step."),
    ] = None,
    macros: MacrosOption = None,
    macro_lib: MacroLibraryOption = None,
    json: JsonOption = None,
) -> None:
    """Say which delay unit a network should get, and why: memory, area, energy and cycles or time of each."""
    check_json(json)
    if data is not None and activity is not None:
        raise InputError("advise: --data and --activity both say how active the network is; give one of them")
    advice, trained, macro = (
        import_module(f"flow.{name}") for name in ("delay_report.advice", "delay_report.trained", "silicon.macros")
    )  # fmt: skip
    count = sample_count(samples)
    table = macro.load_table(macros, macro_lib or ())
    loaded = Image.load(image)
    if data is not None:
        if samples is None:
            with open_some(data) as recordings:
                count = min(SAMPLES, len(recordings))
        seen = trained.played(loaded, data, count)
    else:
        seen = trained.assumed(loaded, advice.ASSUMED_ACTIVITY if activity is None else activity)
    result = advice.advise(loaded, seen, table, advice.routed_clocks(loaded, AREAS))
    if json:
        write_json(json, {"image": image.name, "macros": table.name, **result.record()})
    shown = console()
    shown.print(advice_table(image.name, result.record()))
    shown.print(f"activity: {result.activity}", soft_wrap=True)
    shown.print(result.why(), soft_wrap=True)
    if result.note:
        shown.print(result.note, soft_wrap=True)


def advice_table(name: str, record: AdviceRecord) -> Table:
    """The candidates, the best first; then those that would lose events."""
    table = Table(name_column(name))
    titles = (
        "delay memory as built, bits",
        "added by delays",
        "used, peak",
        "area, um2",
        "energy, uJ",
        "cycles",
        "clock, MHz",
        "time, ms",
        "area x energy x time" if all(each["time_ms"] for each in record["candidates"]) else "area x energy x cycles",
    )
    for title in titles:
        table.add_column(title, justify="right")
    for each in record["candidates"] + record["losing"]:
        lost = f"loses {each['lost_events']:,} events" if each["lost_events"] else f"{each['score']:.2f}"
        table.add_row(
            each["name"], f"{each['delay_memory_bits']:,}", f"{each['added_bits']:,}",
            f"{each['used_bits']:,}", f"{each['area_um2']:,.0f}", f"{each['energy_uj']:.2f}",
            f"{each['cycles']:,.0f}",
            *("-" if value is None else f"{value:.{digits}f}"
              for value, digits in ((each["clock_mhz"], 1), (each["time_ms"], 3))), lost,
        )  # fmt: skip
    return table
