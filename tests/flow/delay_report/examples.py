# SPDX-License-Identifier: Apache-2.0
"""What the tests of the comparison share: a small standard-cell library, and a look at records of JSON."""

from pathlib import Path
from types import UnionType
from typing import Any, Literal, NotRequired, get_args, get_origin, get_type_hints, is_typeddict

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


CLOCK_GATE = """
  cell ({name}) {{ area : {area}; clock_gating_integrated_cell : "{kind}"; dont_use : true;
    statetable ("C E", "n") {{ table : "L L : - : L , L H : - : H , H - : - : N"; }}
    pin (n) {{ direction : internal; }}
    pin (C) {{ direction : input; clock : true; capacitance : 0.004; clock_gate_clock_pin : true; }}
    pin (E) {{ direction : input; capacitance : 0.002; clock_gate_enable_pin : true; }} {more}
    pin (G) {{ direction : output; state_function : "C * n"; clock_gate_out_pin : true;
      internal_power () {{ related_pin : "C"; power (scalar) {{ values ("0.01"); }} }} }} }}"""
TEST_PIN = "pin (T) { direction : input; capacitance : 0.002; clock_gate_test_pin : true; }"


def write_cells(path: Path, *, gate: bool = False) -> Path:
    """A Liberty file of a buffer, an inverter, a NAND, a NOR and a flip-flop; with ``gate`` two clock gates as well:
    ICG, and TESTED, which is smaller and has a pin for tests."""
    cells = [
        CELL.format(name="BUF", area=1, function="A", more=""),
        CELL.format(name="INV", area=1, function="!A", more=""),
        CELL.format(name="NAND2", area=2, function="!(A*B)", more=SECOND),
        CELL.format(name="NOR2", area=2, function="!(A+B)", more=SECOND),
        FLIP_FLOP,
    ]
    if gate:
        cells += [
            CLOCK_GATE.format(name="TESTED", area=5, kind="latch_posedge_precontrol", more=TEST_PIN),
            CLOCK_GATE.format(name="ICG", area=6, kind="latch_posedge", more=""),
        ]
    head = 'library (tiny) { capacitive_load_unit (1,pf); leakage_power_unit : "1nW"; nom_voltage : 1.0;'
    path.write_text(head + "".join(cells) + "\n}\n")
    return path


def differences(value: Any, hint: Any, where: str = "record") -> list[str]:  # noqa: PLR0911 - a kind of type each
    """Where a value that was read from JSON is not what its type says; keys are compared both ways."""
    origin, inner = get_origin(hint), get_args(hint)
    if origin is NotRequired:
        return differences(value, inner[0], where)
    if origin is UnionType:
        found = [differences(value, each, where) for each in inner]
        return [] if [] in found else found[0]
    if is_typeddict(hint) and isinstance(value, dict):
        hints = get_type_hints(hint)
        odd = (set(value) - set(hints)) | (hint.__required_keys__ - set(value))
        if odd:
            return [f"{where}: keys {odd}"]
        return [line for key, each in value.items() for line in differences(each, hints[key], f"{where}.{key}")]
    if origin is dict and isinstance(value, dict):
        return [line for key, each in value.items() for line in differences(each, inner[1], f"{where}.{key}")]
    if origin is list and isinstance(value, list):
        return [line for at, each in enumerate(value) for line in differences(each, inner[0], f"{where}.{at}")]
    if origin is Literal:
        return [] if value in inner else [f"{where}: {value!r}"]
    kinds = (int, float) if hint is float else hint
    plain = not is_typeddict(hint) and isinstance(kinds, type | tuple)
    return [] if plain and isinstance(value, kinds) else [f"{where}: {value!r}"]
