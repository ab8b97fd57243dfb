# SPDX-License-Identifier: Apache-2.0
"""Internal power, by hand and of the libraries beside the checkout."""

from pathlib import Path

import pytest

from flow.silicon.power import CellPower, read_power
from tests.conftest import SHARED

CELLS = """\
library (small) {
  cell (NAND2) {
    pin (A) { direction : input;
      internal_power () { rise_power (scalar) { values ("0.1"); } fall_power (scalar) { values ("0.3"); } } }
    pin (Y) { direction : output;
      internal_power () { related_pin : "A";
        rise_power (t) { index_1 ("1, 2"); index_2 ("1, 2, 3"); values ("1, 2, 3", \\
          "4, 5, 6"); }
        fall_power (t) { index_1 ("1, 2"); index_2 ("1, 2, 3"); values ("1, 1, 1", "1, 7, 1"); } }
      internal_power () { related_pin : "B"; power (t) { index_1 ("1"); values ("4"); } } }
  }
  cell (DFF) {
    ff (IQ,IQN) { clocked_on : "CK"; next_state : "D"; }
    pin (CK) { direction : input;
      internal_power () { rise_power (scalar) { values ("0.5"); } fall_power (scalar) { values ("0.25"); } } }
    pin (Q) { direction : output; }
  }
}
"""


def test_by_hand(tmp_path: Path) -> None:
    path = tmp_path / "small.lib"
    path.write_text(CELLS)
    # NAND2: from A (5 + 7), from B 2 * 4; their mean for two edges.
    assert read_power(path) == {
        "NAND2": CellPower(output_pj=5.0, input_pj=0.2, clock_pj=0.0),
        "DFF": CellPower(output_pj=0.0, input_pj=0.0, clock_pj=0.75),
    }


@pytest.mark.shared
def test_real_libraries() -> None:
    """In the range of 130 nm: some femtojoules a change."""
    power = read_power(SHARED / "data/liberty/sg13g2_stdcell_typ_1p20V_25C.lib.gz")
    assert 0.001 < power["sg13g2_nand2_1"].output_pj < 0.05
    assert 0.001 < power["sg13g2_dfrbp_1"].clock_pj < 0.1
