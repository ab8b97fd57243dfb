# SPDX-License-Identifier: Apache-2.0
"""Clock gates: which cell of a library, and which flip-flops stand behind them."""

from pathlib import Path

import pytest
from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from flow.silicon.cells import cell_counts
from flow.silicon.gates import FAN_OUT, Gate, GateCell, gate_cell
from tests.conftest import SHARED
from tests.flow.delay_report.examples import CLOCK_GATE, TEST_PIN, write_cells


class Registers(wiring.Component):
    """A word of 40 bits and one of 3 bits, each with an enable, and a bit without one."""

    def __init__(self) -> None:
        super().__init__({"a": In(40), "x": In(1), "y": In(1), "out": Out(44)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        wide, narrow, always = Signal(40), Signal(3), Signal()
        with m.If(self.x):
            m.d.sync += wide.eq(self.a)
        with m.If(self.y):
            m.d.sync += narrow.eq(self.a)
        m.d.sync += always.eq(self.a[0])
        m.d.comb += self.out.eq(wide ^ (narrow << 40) ^ (always << 43))
        return m


def test_the_gate_of_a_library(tmp_path: Path) -> None:
    """One without a pin for tests, though it is larger; ``dont_use`` does not matter."""
    plain = GateCell(name="ICG", enable="E", clock="C", output="G")
    assert gate_cell(write_cells(tmp_path / "both.lib", gate=True)) == plain
    assert gate_cell(write_cells(tmp_path / "none.lib")) is None
    tested = CLOCK_GATE.format(name="TESTED", area=5, kind="latch_posedge_precontrol", more=TEST_PIN)
    (tmp_path / "tested.lib").write_text(f"library (x) {{ {tested} }}")
    found = gate_cell(tmp_path / "tested.lib")
    assert found == GateCell(name="TESTED", enable="E", clock="C", output="G", low=("T",))
    assert "-tie_lo T" in found.passes()
    falling = CLOCK_GATE.format(name="N", area=5, kind="latch_negedge", more="")
    (tmp_path / "falling.lib").write_text(f"library (x) {{ {falling} }}")
    assert gate_cell(tmp_path / "falling.lib") is None


@pytest.mark.shared
def test_a_real_library() -> None:
    path = SHARED / "data" / "liberty" / "sg13g2_stdcell_typ_1p20V_25C.lib.gz"
    assert gate_cell(path) == GateCell(name="sg13g2_lgcp_1", enable="GATE", clock="CLK", output="GCLK")


def test_gated_registers(tmp_path: Path) -> None:
    """A word is behind a gate, a few bits are not; a wide word takes two gates. Multiplexers are gone."""
    liberty = write_cells(tmp_path / "cells.lib", gate=True)
    gated = cell_counts(Registers(), "top", liberty, tmp_path / "gated", gated=True)
    plain = cell_counts(Registers(), "top", liberty, tmp_path / "plain")
    assert gated.gates == {"top.gate0": Gate(flip_flops={"DFF": 40})}
    assert (gated.gate, gated.gates["top.gate0"].cells) == ("ICG", 2)
    assert gated.modules["top"]["ICG"] == 2
    assert gated.modules["top"]["DFF"] == plain.modules["top"]["DFF"] == 44
    assert sum(gated.modules["top"].values()) < sum(plain.modules["top"].values()) - 40
    assert (plain.gates, plain.gate, plain.verilog) == ({}, "", "")
    assert "ICG gate0 (" in gated.verilog


def test_a_library_without_gates(tmp_path: Path) -> None:
    liberty = write_cells(tmp_path / "cells.lib")
    assert not cell_counts(Registers(), "top", liberty, tmp_path, gated=True).gates


@pytest.mark.parametrize(("flip_flops", "cells"), [(1, 1), (FAN_OUT, 1), (FAN_OUT + 1, 2)])
def test_fan_out(flip_flops: int, cells: int) -> None:
    assert Gate(flip_flops={"A": 1, "B": flip_flops - 1}).cells == cells
