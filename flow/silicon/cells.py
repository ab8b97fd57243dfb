# SPDX-License-Identifier: Apache-2.0
"""Standard-cell area of a component, module by module: Yosys with a given Liberty file.

The hierarchy is kept, so the area of each module is its own and nothing moves across its border. Memories are not
mapped to cells: each stays one black box, whose area is that of macros (``flow.silicon.macros``); what a macro without
a bypass needs around it is in the logic. With ``registers`` memories become flip-flops. With ``gated`` flip-flops that
share an enable stand behind a gate for their clock (``flow.silicon.gates``), and their multiplexers are gone.
"""

import gzip
import json
import threading
from collections.abc import Mapping
from pathlib import Path

from amaranth.lib import wiring
from pydantic import BaseModel, ConfigDict

from flow.silicon.gates import NETLIST, VERILOG, Gate, gate_cell, gates_of
from flow.silicon.liberty import CellLibrary
from flow.synthesis.ecp5 import PORTS_APART
from flow.synthesis.tools import run_yosys
from support.files import read_bytes
from tb.errors import BuildError
from tb.netlist.netlist import elaborated

MEMORY = "$__MEMORY"
MEMORIES = f"""\
ram huge {MEMORY} {{
  abits 20;
  widths 1 2 4 8 16 32 64 128 256 512 global;
  cost 1;
  init none;
  port sr "R" {{ clock posedge; rden; }}
  port sw "W" {{ clock posedge; }}
}}
"""
"""One read port and one write port, both synchronous; a read of what is written meanwhile has no defined value."""
SCRIPT = """\
read_rtlil design.il
delete */t:$check */t:$print */t:$assert */t:$assume */t:$cover */t:$meminit_v2
hierarchy -check -top {name}
proc -norom
{apart}
opt_expr
opt_clean
opt {first}
fsm
opt {then}
wreduce
peepopt
opt_clean
alumacc
opt {then}
memory -nomap
opt_clean
{libmap}
memory_map
opt -fast -full {then}
{gates}
techmap
opt -fast {last}
dfflibmap -liberty cells.lib
abc -liberty cells.lib
opt_clean
delete */t:$scopeinfo
{netlist}
tee -q -o cells.json stat -json
"""
PLAIN = {"apart": "", "first": "-nodffe -nosdff", "then": "", "gates": "", "last": "", "netlist": ""}
"""What fills the script for flip-flops without gates."""
GATED = {"apart": PORTS_APART, "first": "-nosdff", "then": "-nosdff", "last": "-nodffe -nosdff"}
"""And with gates. A synchronous reset is part of data and enable, as gates know only an enable. Memories whose ports
never meet have no registers for that, which would tick in every cycle."""
_ELABORATING = threading.Lock()
"""Amaranth elaborates one design at a time; it promises nothing about threads."""


class CellCounts(BaseModel):
    """Cells of each module of a design by type; module names are paths, as in ``core.delay.number``."""

    model_config = ConfigDict(frozen=True)
    modules: dict[str, dict[str, int]]
    gates: dict[str, Gate] = {}
    """What stands behind each clock gate, by its path."""
    gate: str = ""
    """The cell that the gates are; empty if there are none."""
    verilog: str = ""
    """The netlist with its gates before logic is mapped, for simulation; empty without gates."""

    def areas(self, library: CellLibrary) -> dict[str, float]:
        """Area of each module without those inside it, um2."""
        return {name: area(cells, library) for name, cells in self.modules.items()}

    def within(self, path: str) -> dict[str, int]:
        """Cells of a module and of all inside it."""
        total: dict[str, int] = {}
        for name, cells in self.modules.items():
            if name == path or name.startswith(path + "."):
                for kind, count in cells.items():
                    total[kind] = total.get(kind, 0) + count
        return total


def area(cells: Mapping[str, int], library: CellLibrary) -> float:
    """Area of some cells, um2; memories that are black boxes have none."""
    return sum(count * library.cells[kind].area_um2 for kind, count in cells.items() if kind != MEMORY)


def cell_counts(
    component: wiring.Component, name: str, liberty: Path, folder: Path, *, registers: bool = False, gated: bool = False
) -> CellCounts:
    """Synthesise a component; netlist, script and log stay in ``folder``. Raises BuildError.

    ``gated``: with clock gates, if the library has one.
    """
    gate = gate_cell(liberty) if gated else None
    folder.mkdir(parents=True, exist_ok=True)
    with _ELABORATING:
        netlist = elaborated(component, name)
    (folder / "design.il").write_text(netlist)
    (folder / "memories.txt").write_text(MEMORIES)
    data = read_bytes(liberty, "liberty file")
    (folder / "cells.lib").write_bytes(gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data)
    fill = PLAIN if gate is None else {**GATED, "gates": gate.passes(), "netlist": f"write_json {NETLIST}"}
    libmap = "" if registers else "memory_libmap -lib memories.txt"
    run_yosys(SCRIPT.format(name=name, libmap=libmap, **fill), folder)
    modules = json.loads((folder / "cells.json").read_text())["modules"]
    names = {path.lstrip("\\") for path in modules}
    counts = {}
    for path, content in modules.items():
        cells = {kind.lstrip("\\"): count for kind, count in content["num_cells_by_type"].items()}
        counts[path.lstrip("\\")] = {kind: count for kind, count in cells.items() if kind not in names}
    left = sorted({kind for cells in counts.values() for kind in cells if kind.startswith("$") and kind != MEMORY})
    if left:
        raise BuildError(f"{name}: not mapped to cells of {liberty.name}: {', '.join(left)}")
    if gate is None:
        return CellCounts(modules=counts)
    gates = gates_of(folder / NETLIST, gate)
    for path, each in gates.items():
        counts[path.rpartition(".")[0]][gate.name] += each.cells - 1
    return CellCounts(modules=counts, gates=gates, gate=gate.name, verilog=(folder / VERILOG).read_text())
