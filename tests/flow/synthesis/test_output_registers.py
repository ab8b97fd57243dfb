# SPDX-License-Identifier: Apache-2.0
"""flow.synthesis.output_registers: what may go into a block RAM does, and nothing else."""

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from flow.synthesis.ecp5 import PORTS_APART
from flow.synthesis.output_registers import absorb, absorb_into
from flow.synthesis.tools import run_yosys

WIDTH = 18
MEMORY = """\
module top(input clk, input rst, input we, input en, input go, input [9:0] wa, input [9:0] ra, input [17:0] d,
           output [17:0] q, output other);
  (* ports_apart = 1, ram_style = "block" *) reg [17:0] memory[0:1023];
  reg [17:0] read, shown = 0;
  always @(posedge clk) begin
    if (we) memory[wa] <= d;
    if (en) read <= memory[ra];
    BEHIND
  end
  assign q = shown;
  assign other = OTHER;
endmodule
"""

SCRIPT = f"""\
read_verilog top.v
proc
opt
memory_dff
{PORTS_APART}
synth_ecp5 -noiopad -top top
write_json top.json
"""


def netlist(folder: Path, behind: str, other: str = "1'b0") -> dict[str, Any]:
    """What Yosys makes of a memory with ``behind`` behind it, and another ``other`` that may look at it."""
    (folder / "top.v").write_text(MEMORY.replace("BEHIND", behind).replace("OTHER", other))
    run_yosys(SCRIPT, folder)
    found: dict[str, Any] = json.loads((folder / "top.json").read_text())
    return found


def cells(netlist: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    """The cells of a type."""
    return [cell for cell in netlist["modules"]["top"]["cells"].values() if cell["type"] == kind]


def test_registers_that_follow_in_each_cycle(tmp_path: Path) -> None:
    netlist(tmp_path, "shown <= read;")
    before = json.loads((tmp_path / "top.json").read_text())
    registers = len(cells(before, "TRELLIS_FF"))
    assert absorb_into(tmp_path / "top.json", "top") == WIDTH
    after = json.loads((tmp_path / "top.json").read_text())
    assert len(cells(after, "TRELLIS_FF")) == registers - WIDTH
    [ram] = cells(after, "DP16KD")
    assert ram["parameters"]["REGMODE_B"] == "OUTREG"
    assert ram["connections"]["OCEB"] == ["1"]
    driven = {ram["connections"][f"DOB{bit}"][0] for bit in range(WIDTH)}
    assert driven == set(after["modules"]["top"]["ports"]["q"]["bits"]), "what left the registers leaves the block RAM"


def test_their_enable_is_that_of_the_output_register(tmp_path: Path) -> None:
    found = netlist(tmp_path, "if (go) shown <= read;")
    assert absorb(found, "top") == WIDTH
    [ram] = cells(found, "DP16KD")
    assert ram["connections"]["OCEB"] == found["modules"]["top"]["ports"]["go"]["bits"]


@pytest.mark.parametrize(
    ("behind", "other"),
    [
        ("shown <= rst ? 0 : read;", "1'b0"),  # reset
        ("shown <= read;", "read[3]"),  # seen by somebody else as well
        ("shown <= {read[17:1], ~read[0]};", "1'b0"),  # logic before one of them
        ("shown[8:0] <= read; if (go) shown[17:9] <= read[17:9];", "1'b0"),  # two enables
        ("", "^read"),  # none at all
    ],
)
def test_what_the_output_register_cannot_do_stays(behind: str, other: str, tmp_path: Path) -> None:
    found = netlist(tmp_path, behind, other)
    before = deepcopy(found)
    assert cells(found, "DP16KD"), "a block RAM"
    assert absorb(found, "top") == 0
    assert found == before


@pytest.mark.parametrize(
    ("cell", "parameter", "value"),
    [
        ("TRELLIS_FF", "REGSET", "SET"),  # begins as 1
        ("TRELLIS_FF", "CLKMUX", "INV"),  # another edge
        ("TRELLIS_FF", "CEMUX", "INV"),  # enabled when low
        ("DP16KD", "REGMODE_B", "OUTREG"),  # taken already
        ("DP16KD", "CLKBMUX", "INV"),
    ],
)
def test_what_the_netlists_here_do_not_have_stays(cell: str, parameter: str, value: str, tmp_path: Path) -> None:
    found = netlist(tmp_path, "shown <= read;")
    for each in cells(found, cell):
        each["parameters"][parameter] = value
    assert absorb(found, "top") == 0


def test_a_reset_of_the_port_stays(tmp_path: Path) -> None:
    found = netlist(tmp_path, "shown <= read;")
    [ram] = cells(found, "DP16KD")
    ram["connections"]["RSTB"] = found["modules"]["top"]["ports"]["rst"]["bits"]
    assert absorb(found, "top") == 0


def test_an_enable_that_nothing_drives_stays(tmp_path: Path) -> None:
    found = netlist(tmp_path, "if (go) shown <= read;")
    for register in cells(found, "TRELLIS_FF"):
        register["connections"]["CE"] = []
    assert absorb(found, "top") == 0


@pytest.mark.parametrize("clock", ["clk", "rst"])
def test_a_port_of_both_halves_has_one_clock(clock: str, tmp_path: Path) -> None:
    """As in memories of 512 words of 36 bits: the outputs of side A belong to the port that reads by side B."""
    found = netlist(tmp_path, "shown <= read;")
    module = found["modules"]["top"]
    [ram] = cells(found, "DP16KD")
    ram["parameters"] |= {f"DATA_WIDTH_{side}": f"{36:032b}" for side in "AB"}
    ram["connections"] |= {"CLKA": module["ports"][clock]["bits"], "RSTA": ["0"]}
    assert absorb(found, "top") == (WIDTH if clock == "clk" else 0)
    assert (ram["parameters"]["REGMODE_A"] == ram["parameters"]["REGMODE_B"] == "OUTREG") == (clock == "clk")
