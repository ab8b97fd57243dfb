# SPDX-License-Identifier: Apache-2.0
"""A board with a UART in a simulator (Verilator), as a port for a host: the same pins, the same RTL or netlist."""

import contextlib
import os
import subprocess
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Self

from flow.host.link import LinkError
from model.fabric.config import FabricConfig
from rtl.board.board import LIGHTS, UartBoard
from rtl.board.uart import Uart
from tb.player.play import complaint
from tb.player.runner import Flavour, build
from tb.player.verilog import to_verilog

BENCH = Path(__file__).parent / "bench.sv"
CLOCK, BAUD = 12e6, 3e6
"""Of the board in simulation: four cycles a bit, the fewest that there can be, so that time goes to the core."""
QUIET = 20_000
"""Cycles that a read waits for the first byte."""


def simulated_board(config: FabricConfig) -> UartBoard:
    """The board that a simulation has, or that is made a netlist for one."""
    return UartBoard(config, clock=CLOCK, baud=BAUD, simulation=True)


@cache
def _board_verilog(config: FabricConfig) -> dict[str, str]:
    return {"board.v": to_verilog(simulated_board(config), "board")}


@cache
def _host_verilog() -> str:
    return to_verilog(Uart(CLOCK, BAUD), "host_uart")


class SimulatedPort:
    """The port of a simulated board; use it in a ``with`` statement.

    The simulator runs while a read is under way. ``netlist``: Verilog files to take for the module ``board``, by name,
    instead of the RTL. Raises BuildError, LinkError.
    """

    def __init__(self, config: FabricConfig, *, netlist: Mapping[str, str] | None = None, fast: bool = False) -> None:
        sources = {"bench.sv": BENCH.read_text(), "host.v": _host_verilog(), **(netlist or _board_verilog(config))}
        simulator = build(sources, "bench", flavour=Flavour(python=False, fast=fast))
        self._folder = tempfile.TemporaryDirectory(prefix="chronaxie-")
        self._log = Path(self._folder.name) / "log"
        to_read, to_write = os.pipe()
        from_read, from_write = os.pipe()
        with self._log.open("wb") as output:
            self._process = subprocess.Popen(
                [str(simulator), f"+in=/dev/fd/{to_read}", f"+out=/dev/fd/{from_write}"],
                cwd=self._folder.name, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                pass_fds=(to_read, from_write),
            )  # fmt: skip
        os.close(to_read)
        os.close(from_write)
        self._commands, self._answers = os.fdopen(to_write, "w"), os.fdopen(from_read)
        self._unsent = b""
        self.lights: dict[str, bool] = dict.fromkeys(LIGHTS, False)
        """Which lights were on at the end of the last read."""

    def write(self, data: bytes) -> None:
        """See ``flow.host.port.Port``; the bytes go with the next read."""
        self._unsent += data

    def read(self) -> bytes:
        """See ``flow.host.port.Port``."""
        data, self._unsent = self._unsent, b""
        try:
            self._commands.write(f"{QUIET} {len(data)} {data.hex(' ')}\n")
            self._commands.flush()
            came, _, lights = self._answers.readline().rstrip("\n").rpartition(" ")
        except OSError:
            lights = ""
        if not lights:
            self._process.wait()
            text = complaint(self._log.read_text(errors="replace"))
            raise LinkError(f"the simulator has ended: {text.splitlines()[0] if text else 'it said nothing'}")
        self.lights = {name: state == "1" for name, state in zip(LIGHTS, lights, strict=True)}
        return bytes.fromhex(came)

    def close(self) -> None:
        """End the simulator."""
        self._process.kill()
        self._process.wait()
        for file in (self._commands, self._answers):
            with contextlib.suppress(OSError):  # what was written last goes nowhere
                file.close()
        self._folder.cleanup()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None,
                 trace: TracebackType | None) -> None:  # fmt: skip
        self.close()
