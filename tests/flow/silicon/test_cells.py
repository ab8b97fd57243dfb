# SPDX-License-Identifier: Apache-2.0
"""Standard cells: counts that are known, and a hierarchy whose areas are each module's own."""

from itertools import pairwise
from pathlib import Path

import pytest
from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from flow.silicon.cells import MEMORY, CellCounts, area, cell_counts
from flow.silicon.liberty import CellLibrary, read_cells
from flow.silicon.memories import memories
from flow.synthesis.verilog import designs
from model.config import preset
from tests.flow.delay_report.examples import write_cells


@pytest.fixture(scope="module")
def liberty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_cells(tmp_path_factory.mktemp("liberty") / "tiny.lib")


@pytest.fixture(scope="module")
def library(liberty: Path) -> CellLibrary:
    return read_cells(liberty)


class Known(wiring.Component):
    """Nine flip-flops in a row behind an inverter."""

    def __init__(self) -> None:
        super().__init__({"a": In(1), "y": Out(1)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        row = [Signal(name=f"r{index}", reset_less=True) for index in range(9)]
        m.d.sync += [row[0].eq(~self.a), *(now.eq(before) for before, now in pairwise(row))]
        m.d.comb += self.y.eq(row[-1])
        return m


def test_known_counts(liberty: Path, library: CellLibrary, tmp_path: Path) -> None:
    counts = cell_counts(Known(), "known", liberty, tmp_path)
    assert counts.modules == {"known": {"DFF": 9, "INV": 1}}
    assert counts.areas(library) == {"known": 181.0}


def test_within() -> None:
    counts = CellCounts(
        modules={"core": {"INV": 1}, "core.delay": {"INV": 2}, "core.delay.x": {"DFF": 3}, "core.delayed": {"INV": 9}}
    )
    assert counts.within("core.delay") == {"INV": 2, "DFF": 3}
    assert counts.within("core") == {"INV": 12, "DFF": 3}


def test_a_core_keeps_its_hierarchy(liberty: Path, library: CellLibrary, tmp_path: Path) -> None:
    """The delay unit's area in a core is that of the unit alone, all memories stay, and all areas add up."""
    config = preset("tiny", delay_unit="bitmap", queue_depth=10)
    make = designs(config)
    core = cell_counts(make["core_bitmap"](), "core_bitmap", liberty, tmp_path / "core")
    alone = cell_counts(make["delay_bitmap"](), "delay_bitmap", liberty, tmp_path / "alone")
    parts = {name.split(".")[1] for name in core.modules if "." in name}
    blocks = {"loader", "controller", "delay", "synapses", "accumulators", "neurons", "sources", "counters"}
    assert parts == {*blocks, "slice"}
    inside, outside = area(core.within("core_bitmap.delay"), library), area(alone.within("delay_bitmap"), library)
    # In the core, what never changes (such as the widths of the image) is known to the unit.
    assert outside * 0.93 <= inside <= outside * 1.02
    assert sum(core.areas(library).values()) == pytest.approx(area(core.within("core_bitmap"), library))
    assert core.within("core_bitmap")[MEMORY] == sum(each.copies for each in memories(config))


def test_memories_of_flip_flops(liberty: Path, library: CellLibrary, tmp_path: Path) -> None:
    config = preset("tiny", delay_unit="scdq1", queue_depth=12)
    make = designs(config)["delay_scdq1"]
    plain = cell_counts(make(), "unit", liberty, tmp_path / "plain").within("unit")
    registers = cell_counts(make(), "unit", liberty, tmp_path / "registers", registers=True).within("unit")
    assert plain[MEMORY] == 1
    assert MEMORY not in registers
    # The queue and the register at its output; around the macro there are registers for a read of what is written.
    entry = config.source_bits + config.delay_bits
    assert 9 * entry < registers["DFF"] - plain["DFF"] <= 13 * entry
