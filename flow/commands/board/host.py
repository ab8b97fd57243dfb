# SPDX-License-Identifier: Apache-2.0
"""``chronaxie host``: recordings through a board, or through one in simulation."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from flow.board.gates import netlist
from flow.board.noise import NoisyPort
from flow.board.play import BoardRun, play
from flow.board.simulated import SimulatedPort
from flow.commands.board.fpga import load_bundle
from flow.commands.options import (
    DATA,
    IMAGE,
    BuildOption,
    DataOption,
    JsonOption,
    RunFailed,
    SamplesOption,
    UnitOption,
    progress_bar,
    sample_count,
)
from flow.host.link import LinkError
from flow.host.port import Port, SerialPort
from flow.run.recordings import load_samples
from flow.run.report import check_json, write_json
from flow.run.report import shown as shown_as
from model.delay.registry import DEFAULT
from model.fabric.config import FabricConfig
from support.console import console, name_column
from support.errors import InputError


def host(
    *,
    port: Annotated[
        str | None, typer.Option("--port", metavar="PORT", help="Serial port, such as /dev/ttyUSB0.")
    ] = None,
    baud: Annotated[
        int, typer.Option("--baud", min=1, metavar="N", help="Of a UART; a 245 FIFO has none.")
    ] = 3_000_000,
    simulate: Annotated[bool, typer.Option("--simulate", help="A board in simulation instead.")] = False,
    gates: Annotated[bool, typer.Option("--gates", help="Of that the netlist after synthesis, not the RTL.")] = False,
    errors: Annotated[
        float, typer.Option("--errors", min=0, max=1, metavar="RATE", help="Share of bytes to lose, double or damage.")
    ] = 0.0,
    seed: Annotated[int, typer.Option("--seed", metavar="N", help="Of these errors.")] = 1,
    unit: UnitOption = None,
    image: BuildOption = None,
    data: DataOption = DATA,
    samples: SamplesOption = "1",
    json: JsonOption = None,
) -> None:  # fmt: skip
    """Load an image (.chx) or a bundle (.chxb) into a board, play recordings, compare with the golden model.

    The board must hold a bitstream for that image (`chronaxie fpga`).
    """
    check_json(json)
    if (port is None) != simulate:
        raise InputError("expected either --port, the serial port of a board, or --simulate")
    if gates and not simulate:
        raise InputError("--gates is of a board in simulation; expected --simulate with it")
    source = image or IMAGE
    bundle = load_bundle(source)
    config = bundle.config([unit or DEFAULT])
    loaded = load_samples(Path(data), bundle.network(), sample_count(samples))
    try:
        with _opened(port, baud, config, gates) as line, progress_bar(console(stderr=True)) as bar:
            task = bar.add_task("samples", total=len(loaded))
            noisy = NoisyPort(line, errors, seed)
            run = play(noisy, config, bundle, loaded, progress=lambda: bar.advance(task))
    except LinkError as error:
        raise RunFailed(str(error)) from None
    if json:
        write_json(json, {"image": source.name, "dataset": loaded.name, "port": port, "gates": gates,
                          "errors": errors, "bytes_hit": noisy.hits, **run.record()})  # fmt: skip
    console().print(_table(f"{source.name} on {port or ('netlist' if gates else 'RTL')}", run, noisy.hits))
    if run.mismatches:
        raise RunFailed(f"{run.mismatches:,} values differ from the golden model; the first one: {run.first}")
    if run.flags:
        raise RunFailed(f"flags that make the results worthless: {', '.join(run.flags)}")


@contextmanager
def _opened(port: str | None, baud: int, config: FabricConfig, gates: bool) -> Iterator[Port]:
    if port is not None:
        with SerialPort(port, baud) as serial:
            yield serial
        return
    with console(stderr=True).status("building the simulator"):
        simulated = SimulatedPort(config, netlist=netlist(config) if gates else None)
    with simulated:
        yield simulated


def _table(title: str, run: BoardRun, hits: int) -> Table:
    table = Table(name_column(title))
    table.add_column("", justify="right")
    line = run.line
    for name, value in (
        ("samples", f"{run.samples:,}"),
        ("accuracy, golden", shown_as("{:.2%}", run.accuracy_golden)),
        ("accuracy, board", shown_as("{:.2%}", run.accuracy_board)),
        ("mismatches", f"{run.mismatches:,}"),
        ("cycles per inference, mean", f"{run.cycles_mean:,.0f}"),
        ("seconds to load", f"{run.load_seconds:.2f}"),
        ("seconds to play", f"{run.seconds:.2f}"),
        ("frames sent, again", f"{line.sent:,}, {line.resent:,}"),
        ("frames received", f"{line.received:,}"),
        ("frames damaged, there and here", f"{line.rejected_there:,}, {line.rejected_here:,}"),
        *((("bytes damaged on purpose", f"{hits:,}"),) if hits else ()),
    ):
        table.add_row(name, value)
    return table
