# SPDX-License-Identifier: Apache-2.0
"""``chronaxie fpga``: a bitstream for a board."""

from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from rich.table import Table

from flow.board.bitstream import make
from flow.board.boards import load, names
from flow.commands.options import BUILD, IMAGE, OUTPUT, BuildOption, ChoiceOption, JsonOption, UnitOption, choices
from flow.run.report import check_json, write_json
from model.delay.registry import DEFAULT
from model.fabric.bundle import Bundle
from model.fabric.mapping import deal_out
from model.image.image import Image
from support.console import console, name_column
from support.errors import InputError
from support.files import make_folder, write_atomic
from support.outputs import refuse_overwriting

BoardOption = Annotated[
    str, typer.Option("--board", metavar="NAME|FILE", help=f"{', '.join(names())}, or a TOML file that describes one.")
]


def fpga(
    *,
    board: BoardOption = "ulx3s-85f",
    image: BuildOption = None,
    unit: UnitOption = None,
    option: ChoiceOption = None,
    link: Annotated[Literal["uart", "fifo"], typer.Option("--link", help="The way to the host.")] = "uart",
    clock: Annotated[
        float | None,
        typer.Option("--clock", metavar="MHZ", help="Fail if the routed design does not allow it (default: the "
                     "board's, or the fastest that it allows)."),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="The bitstream (default: build/fpga/BOARD-LINK.bit)."),
        OUTPUT,
    ] = None,
    json: JsonOption = None,
) -> None:  # fmt: skip
    """Write a bitstream with the fabric of an image (.chx, one core) or a bundle (.chxb) for an FPGA board."""
    source = image or IMAGE
    check_json(json)
    described = load(board)
    name = Path(board).stem
    target = output or BUILD / "fpga" / f"{name}-{link}.bit"
    refuse_overwriting(
        [target, *([json] if json else [])], [source, *([Path(board)] if board.endswith(".toml") else [])]
    )
    if target.is_dir():
        raise InputError(f"{target}: cannot be written, it is a folder")
    bundle = load_bundle(source)
    chosen: dict[str, Any] = dict(choices(unit, option))
    config = bundle.config([unit or DEFAULT], **chosen)
    with console(stderr=True).status("yosys, nextpnr, ecppack: some minutes"):
        done = make(name, described, config, BUILD / "fpga" / f"{name}-{link}", link=link, clock_mhz=clock)
    make_folder(target.parent)
    write_atomic(target, done.path.read_bytes())
    if json:
        write_json(json, {"source": source.name, **done.record(), "path": str(target)})
    table = Table(name_column(f"{source.name} on {name}, {link}"))
    table.add_column("", justify="right")
    for title, value in (
        ("clock, MHz", f"{done.clock_mhz:.2f}"), ("routed design allows, MHz", f"{done.fmax_mhz:.2f}"),
        ("flip-flops", f"{done.flip_flops:,}"), ("LUTs", f"{done.luts:,}"), ("block RAM", f"{done.block_rams:,}"),
        ("DSP", f"{done.dsps:,}"),
    ):  # fmt: skip
        table.add_row(title, value)
    console().print(table)
    print(target)


def load_bundle(path: Path) -> Bundle:
    """A bundle, or an image on one core. Raises InputError."""
    return Bundle.load(path) if path.suffix == ".chxb" else deal_out(Image.load(path), 1)
