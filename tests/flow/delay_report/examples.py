# SPDX-License-Identifier: Apache-2.0
"""What the tests of the comparison share: a small standard-cell library."""

from pathlib import Path

CELL = """
  cell ({name}) {{ area : {area}; cell_leakage_power : 1;
    pin (A) {{ direction : input; capacitance : 0.002; }} {more}
    pin (Y) {{ direction : output; function : "{function}"; }} }}"""
SECOND = "pin (B) { direction : input; capacitance : 0.002; }"
FLIP_FLOP = """
  cell (DFF) { area : 20; cell_leakage_power : 2;
    ff (IQ,IQN) { clocked_on : "C"; next_state : "D"; }
    pin (C) { direction : input; clock : true; capacitance : 0.003; }
    pin (D) { direction : input; capacitance : 0.001; }
    pin (Q) { direction : output; function : "IQ"; } }"""


def write_cells(path: Path) -> Path:
    """A Liberty file of a buffer, an inverter, a NAND, a NOR and a flip-flop."""
    cells = [
        CELL.format(name="BUF", area=1, function="A", more=""),
        CELL.format(name="INV", area=1, function="!A", more=""),
        CELL.format(name="NAND2", area=2, function="!(A*B)", more=SECOND),
        CELL.format(name="NOR2", area=2, function="!(A+B)", more=SECOND),
        FLIP_FLOP,
    ]
    head = 'library (tiny) { capacitive_load_unit (1,pf); leakage_power_unit : "1nW"; nom_voltage : 1.0;'
    path.write_text(head + "".join(cells) + "\n}\n")
    return path
