# SPDX-License-Identifier: Apache-2.0
"""Registers behind block RAM go into it: its outputs are there 1 ns after the clock, not 5.6 (ECP5, speed grade 6).

Yosys maps a memory to DP16KD without its output registers, whatever is behind it. Where each bit of a port that is
used goes to a flip-flop and nowhere else, and all of them have the same clock and enable, they do what the output
register of the port does (Lattice FPGA-TN-02204): it follows the memory's output in each cycle with OCE, and begins
as 0. Its reset is that of the port, so flip-flops that are reset stay where they are.
"""

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Bit = int | str
"""As Yosys writes JSON: the number of a net, or "0", "1", "x"."""
WIDEST = 36
"""Bits of a port that reads by both halves of the outputs, with the clock and the enables of the second."""


@dataclass(frozen=True)
class _Load:
    """Where a net goes: a port of a cell, or of the module (no cell)."""

    cell: str | None
    port: str


def absorb_into(path: Path, top: str) -> int:
    """The same for a file of Yosys' ``write_json``, which is written anew."""
    netlist = json.loads(path.read_text())
    moved = absorb(netlist, top)
    path.write_text(json.dumps(netlist))
    return moved


def absorb(netlist: dict[str, Any], top: str) -> int:
    """Move the flip-flops of module ``top``, which has no other module in it; ``netlist`` is changed. Their number.

    ``netlist``: what Yosys' ``write_json`` writes after ``synth_ecp5``.
    """
    module = netlist["modules"][top]
    cells = module["cells"]
    loads = _loads(module)
    moved = 0
    for ram in [cell for cell in cells.values() if cell["type"] == "DP16KD"]:
        for sides in _ports(ram):
            outputs = {port: bit for side in sides for port, bit in _outputs(ram, side) if loads[bit]}
            registers = _registers(cells, [loads[bit] for bit in outputs.values()])
            enable = _enable(ram, sides, [cells[name] for name in registers or ()])
            if registers is None or enable is None:
                continue
            for side in sides:
                ram["parameters"][f"REGMODE_{side}"] = "OUTREG"
                ram["connections"][f"OCE{side}"] = [enable]
            for port, name in zip(outputs, registers, strict=True):
                ram["connections"][port] = cells.pop(name)["connections"]["Q"]
            moved += len(registers)
    return moved


def _loads(module: dict[str, Any]) -> dict[Bit, list[_Load]]:
    found: dict[Bit, list[_Load]] = defaultdict(list)
    for name, cell in module["cells"].items():
        for port, bits in cell["connections"].items():
            if cell["port_directions"][port] != "output":
                for bit in bits:
                    found[bit].append(_Load(name, port))
    for port, wire in module["ports"].items():
        if wire["direction"] != "input":
            for bit in wire["bits"]:
                found[bit].append(_Load(None, port))
    return found


def _ports(ram: dict[str, Any]) -> Iterator[str]:
    """The halves of the outputs, those that are one port together."""
    widths = [int(ram["parameters"][f"DATA_WIDTH_{side}"], 2) for side in "AB"]
    yield from ("AB",) if WIDEST in widths else ("A", "B")


def _outputs(ram: dict[str, Any], side: str) -> Iterator[tuple[str, Bit]]:
    for port, bits in ram["connections"].items():
        if port.startswith(f"DO{side}") and bits:
            yield port, bits[0]


def _registers(cells: dict[str, Any], loads: list[list[_Load]]) -> list[str] | None:
    """The flip-flop of each output; None if there are none, or if one goes somewhere else."""
    found = []
    for each in loads:
        if len(each) != 1 or each[0].cell is None or each[0].port != "DI":
            return None
        if cells[each[0].cell]["type"] != "TRELLIS_FF":
            return None
        found.append(each[0].cell)
    return found or None


def _enable(ram: dict[str, Any], sides: str, registers: list[dict[str, Any]]) -> Bit | None:
    """What has to be high for the registers to follow; None if the output register cannot do what they do."""
    side = sides[-1]  # whose clock a port of both has
    asked = ram["parameters"], ram["connections"]
    if any(asked[0][f"REGMODE_{half}"] != "NOREG" or asked[1].get(f"RST{half}") != ["0"] for half in "AB"):
        return None
    if asked[0][f"CLK{side}MUX"] != f"CLK{side}":
        return None
    if len(sides) == len("AB") and asked[1]["CLKA"] != asked[1]["CLKB"]:
        return None
    enables = set()
    for register in registers:
        parameters, connections = register["parameters"], register["connections"]
        follows = (
            parameters["CLKMUX"] == "CLK"
            and connections["CLK"] == asked[1][f"CLK{side}"]
            and parameters["REGSET"] == "RESET"
            and connections.get("LSR", ["0"]) in ([], ["0"])
            and parameters["LSRMUX"] == "LSR"
        )
        if not follows:
            return None
        mode = parameters["CEMUX"].strip()
        enables.add({"1": "1", "CE": next(iter(connections.get("CE", [])), None)}.get(mode))
    return enables.pop() if len(enables) == 1 else None
