# SPDX-License-Identifier: Apache-2.0
"""Liberty files: a small one by hand, the real ones beside the checkout, and what is none."""

import gzip
from dataclasses import astuple
from pathlib import Path

import pytest

from flow.silicon.liberty import parse, read_cells, read_macro
from flow.silicon.macros import load_table
from support.errors import InputError
from tests.conftest import SHARED

CELLS = """\
/* a comment { with ; all } of it */
library (small) {
  capacitive_load_unit (1,ff);
  leakage_power_unit : "1pW";
  nom_voltage : 1.5;
  operating_conditions ("typical") { voltage : 1.20; }
  cell (NAND2) {
    area : 7.5 ;
    cell_leakage_power : 80;
    pin (A) { direction : input; capacitance : 2; }
    pin (B) { direction : "input"; capacitance : 3.0; }
    pin (Y) { direction : output; function : "!(A&B)"; }
  }
  cell (DFF) {
    area : 50;
    ff (IQ,IQN) { clocked_on : "CK"; next_state : "D"; }
    pin (CK) { direction : input; clock : true; capacitance : 4; }
    pin (D) { direction : input; capacitance : 1;
      timing () { related_pin : "CK"; values ( \\
        "1, 2", \\
        "3, 4"); } }
    pin (Q) { direction : output; function : "IQ"; }
  }
}
"""
LIBERTY = SHARED / "data" / "liberty"


@pytest.mark.parametrize("packed", [False, True])
def test_cells_by_hand(tmp_path: Path, packed: bool) -> None:
    path = tmp_path / "small.lib"
    path.write_bytes(gzip.compress(CELLS.encode()) if packed else CELLS.encode())
    library = read_cells(path)
    assert (library.name, library.voltage) == ("small", 1.2)
    assert list(library.cells) == ["NAND2", "DFF"]
    nand, flip_flop = library.cells.values()
    assert astuple(nand) == pytest.approx((7.5, 0.08, 0.005, 0.0))
    assert astuple(flip_flop) == pytest.approx((50.0, 0.0, 0.001, 0.004))


def test_groups() -> None:
    library = parse(CELLS, "here")
    flip_flop = list(library.of("cell"))[1]
    [timing] = next(pin for pin in flip_flop.of("pin") if pin.names == ("D",)).groups
    assert timing.attributes["values"] == "1, 2,3, 4"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"x\.lib: no liberty file: expected a whole group library"),
        ("library (x) {", r"x\.lib: no liberty file: expected a whole group library"),
        ("}", r"x\.lib: no liberty file: a } without a {"),
        ("library (x) { nom_voltage : 1; }", r"x\.lib: no cells in it"),
        ("library (x) { cell (A) { area : big; } }", r"cell A: expected a number as area, not 'big'"),
        (CELLS.replace('"1pW"', '"much"'), r"library small: leakage_power_unit is not understood"),
    ],
)
def test_what_is_no_library(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "x.lib").write_text(text)
    with pytest.raises(InputError, match=message):
        read_cells(tmp_path / "x.lib")


def test_a_damaged_archive(tmp_path: Path) -> None:
    (tmp_path / "x.lib.gz").write_bytes(gzip.compress(CELLS.encode())[:-9])
    with pytest.raises(InputError, match=r"x\.lib\.gz: liberty file cannot be unpacked"):
        read_cells(tmp_path / "x.lib.gz")


def test_what_is_no_macro(tmp_path: Path) -> None:
    (tmp_path / "x.lib").write_text(CELLS)
    with pytest.raises(InputError, match=r"x\.lib: expected one SRAM macro"):
        read_macro(tmp_path / "x.lib")


@pytest.mark.shared
def test_the_macros_of_the_table() -> None:
    """The table that comes with the project holds what the makers' files say."""
    table = {(macro.depth, macro.width): macro for macro in load_table(None).macro}
    files = sorted((LIBERTY / "sram").glob("*.lib"))
    assert len(files) == len(table) == 10
    for path in files:
        depth, width, area, leakage, write, read = read_macro(path)
        macro = table[depth, width]
        assert (macro.area_um2, macro.leakage_nw) == pytest.approx((area, leakage), abs=0.6)
        assert (macro.write_pj, macro.read_pj) == pytest.approx((write, read), abs=0.06)


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "cells", "nand", "area", "voltage"),
    [
        ("sg13g2_stdcell_typ_1p20V_25C.lib.gz", 84, "sg13g2_nand2_1", 7.2576, 1.2),
        ("sky130hd_tt.lib.gz", 428, "sky130_fd_sc_hd__nand2_1", 3.7536, 1.8),
    ],
)
def test_real_cells(name: str, cells: int, nand: str, area: float, voltage: float) -> None:
    library = read_cells(LIBERTY / name)
    assert (len(library.cells), library.voltage) == (cells, voltage)
    assert library.cells[nand].area_um2 == area
    assert 0.001 < library.cells[nand].input_pf < 0.02
