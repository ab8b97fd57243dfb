# SPDX-License-Identifier: Apache-2.0
"""Clock gates in standard cells: which one a library has, how Yosys places it, and what stands behind each.

Yosys' pass ``clockgate`` makes plain flip-flops of those that share an enable, behind one gate; enables come from the
RTL. The gates are ``gate0``, ``gate1`` ... of their module. The netlist right behind that pass, whose logic is still
that of the RTL, is written as Verilog as well: in simulation it says how often each gate is open.
"""

import json
from collections import Counter
from dataclasses import dataclass
from math import ceil
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from flow.silicon.liberty import Group, library_text, parse

KINDS = ("latch_posedge", "latch_posedge_precontrol")
"""What a library calls gates for flip-flops of the rising edge, without and with a pin for tests."""
FEWEST = 4
"""Flip-flops that are worth a gate: with SG13G2, fewer gain nothing where they tick in two thirds of the cycles."""
FAN_OUT = 32
"""Most flip-flops of a gate: more are driven by several with one enable, which counts and energy know of."""
PREFIX = "gate"
VERILOG, NETLIST = "gated.v", "gated.json"


@dataclass(frozen=True, kw_only=True)
class GateCell:
    """A cell that passes a clock while its enable is high, and its pins."""

    name: str
    enable: str
    clock: str
    output: str
    low: tuple[str, ...] = ()
    """Pins for tests, which are tied to 0."""

    def passes(self) -> str:
        """Lines of a Yosys script, between the mapping of memories and that of logic."""
        tied = "".join(f" -tie_lo {pin}" for pin in self.low)
        return (
            "simplemap t:$dff t:$dffe\n"
            "dfflegalize -cell $_DFF_P_ 01 -cell $_DFFE_PP_ 01\n"
            "opt_clean\n"
            f"clockgate -pos {self.name} {self.enable}:{self.clock}:{self.output}{tied} -min_net_size {FEWEST}\n"
            f"rename -enumerate -pattern {PREFIX}% t:{self.name}\n"
            f"design -push-copy\nmaccmap -unmap\nwrite_verilog -noattr {VERILOG}\ndesign -pop"
        )

    def verilog(self, name: str) -> str:
        """The cell for simulation; a waveform has nothing of it but ``name``: whether it is open."""
        ports = ", ".join(f"input {pin}" for pin in (self.clock, self.enable, *self.low))
        return (
            f"// verilator tracing_off\nmodule {self.name}({ports}, output {self.output});\n"
            f"  // verilator tracing_on\n  reg {name};\n"
            f"  always_latch if (!{self.clock}) {name} = {self.enable};\n"
            f"  assign {self.output} = {self.clock} & {name};\nendmodule\n"
        )


class Gate(BaseModel):
    """Flip-flops with one gated clock."""

    model_config = ConfigDict(frozen=True)
    flip_flops: dict[str, int]
    """How many of each cell."""

    @property
    def cells(self) -> int:
        """Gates that it takes, with at most FAN_OUT flip-flops each."""
        return max(1, ceil(sum(self.flip_flops.values()) / FAN_OUT))


def gate_cell(path: Path) -> GateCell | None:
    """The gate of a library: without pins for tests before one with, then the smallest; None if it has none.

    It may be marked ``dont_use``: libraries keep gates from the optimisation of logic so. Raises InputError.
    """
    library = parse(library_text(path), str(path))
    found = [cell for cell in library.of("cell") if cell.attributes.get("clock_gating_integrated_cell") in KINDS]
    gates = [(len(gate.low), cell.number("area"), gate) for cell in found if (gate := _gate(cell))]
    return min(gates, key=lambda each: each[:2])[2] if gates else None


def _gate(cell: Group) -> GateCell | None:
    pins = {
        role: [pin.names[0] for pin in cell.of("pin") if pin.attributes.get(f"clock_gate_{role}_pin") == "true"]
        for role in ("enable", "clock", "out", "test")
    }
    if not (pins["enable"] and pins["clock"] and pins["out"]):
        return None
    return GateCell(name=cell.names[0], enable=pins["enable"][0], clock=pins["clock"][0], output=pins["out"][0],
                    low=tuple(pins["test"]))  # fmt: skip


def gates_of(netlist: Path, cell: GateCell) -> dict[str, Gate]:
    """The gates in a netlist that Yosys wrote as JSON, by their path, as in ``core_ring.neurons.gate3``."""
    found: dict[str, Gate] = {}
    for path, module in json.loads(netlist.read_text())["modules"].items():
        cells = module["cells"]
        gates = {each["connections"][cell.output][0]: name for name, each in cells.items() if each["type"] == cell.name}
        behind: dict[str, Counter[str]] = {name: Counter() for name in gates.values()}
        for each in cells.values():
            reached = (bit for bits in each["connections"].values() for bit in bits if bit in gates)
            if each["type"] != cell.name and (clock := next(reached, None)):
                behind[gates[clock]][each["type"]] += 1
        found |= {f"{path}.{name}": Gate(flip_flops=dict(kinds)) for name, kinds in behind.items()}
    return found
