# SPDX-License-Identifier: Apache-2.0
"""Shares and the energy of logic, by hand."""

import pytest

from flow.silicon.cells import MEMORY, CellCounts
from flow.silicon.liberty import Cell, CellLibrary
from flow.silicon.macros import FlipFlop, Macro, MacroTable
from flow.silicon.memories import memories
from flow.silicon.share import flip_flop_figures, logic_energy_uj, shares
from model.config import preset

LIBRARY = CellLibrary(
    name="two",
    voltage=2.0,
    cells={
        "GATE": Cell(area_um2=10.0, leakage_nw=100.0, input_pf=0.01, clock_pf=0.0),
        "DFF": Cell(area_um2=30.0, leakage_nw=0.0, input_pf=0.002, clock_pf=0.004),
    },
)
ONE = Macro(depth=4096, width=512, area_um2=1000.0, leakage_nw=0.0, write_pj=1.0, read_pj=1.0)
TABLE = MacroTable(name="one", flip_flop=FlipFlop(area_um2=50.0, clock_pj=0, access_pj=0), macro=(ONE,))
"""Any memory takes one macro of 1000 um2, but those of up to 20 bits."""


def counts(unit: str) -> CellCounts:
    core = f"core_{unit}"
    parts = {"": {"GATE": 70}, ".delay": {"GATE": 20, MEMORY: 1}, ".delay.number": {"DFF": 10}}
    return CellCounts(modules={core + name: cells for name, cells in parts.items()})


def test_queue() -> None:
    config = preset("odd", delay_unit="scdq", queue_depth=24)
    worst, tight, twice, registers, logic = shares(counts("scdq"), config, 2, LIBRARY, TABLE)
    total = sum(each.copies for each in memories(config)) * 1000.0
    assert [each.unit_logic for each in (worst, tight, twice, registers, logic)] == [500.0] * 5
    assert (worst.unit_memory, worst.core) == (2000.0, 1200.0 + total)
    # Queues of 2 events of 8 bits are smaller as flip-flops.
    assert tight.memories == "macros, queues of 2 events"
    assert (tight.unit_memory, tight.core) == (1600.0, 1200.0 + total - 400.0)
    assert twice.unit_memory == 1600.0
    two_port = sum(each.copies for each in memories(config) if each.two_port) - 2
    assert twice.core == tight.core + two_port * 1000.0
    assert registers.unit_memory == 1600.0
    assert (logic.unit, logic.core, logic.value) == (500.0, 1200.0, pytest.approx(500 / 1200))


def test_ring_counts_what_its_slots_add() -> None:
    config = preset("odd", delay_unit="ring")
    worst, *_ = shares(counts("ring"), config, 0, LIBRARY, TABLE)
    # A lane takes a macro with seven slots as with one of 8 accumulators of 13 bits.
    assert worst.unit_memory == 0.0
    deep = Macro(depth=16, width=512, area_um2=400.0, leakage_nw=0.0, write_pj=1.0, read_pj=1.0)
    both = MacroTable(name="two", flip_flop=TABLE.flip_flop, macro=(ONE, deep))
    worst, *_ = shares(counts("ring"), config, 0, LIBRARY, both)
    assert worst.unit_memory == config.lanes * (1000.0 - 400.0)


def test_energy_of_logic() -> None:
    cells = {"GATE": 100, "DFF": 50, MEMORY: 3}
    # Clock: 50 * 4 fF; inputs: 100 * 10 fF + 50 * 2 fF, a tenth of them, half of C V^2 each.
    switched = 4.0 * (0.2 + 1.1 * 0.1 / 2) * 1e6 * 1e-6
    leakage = 100 * 100e-9 * 1e6 / 100e6 * 1e6
    assert logic_energy_uj(cells, LIBRARY, 1e6) == pytest.approx(switched + leakage)


def test_flip_flop_figures() -> None:
    with_them = CellCounts(modules={"registers": {"DFF": 1024 + 8, "GATE": 2048}})
    without = CellCounts(modules={"no_registers": {"DFF": 8, MEMORY: 1}})
    figures = flip_flop_figures(with_them, without, LIBRARY)
    assert figures["area_um2"] == pytest.approx(30 + 20)
    assert figures["clock_pj"] == pytest.approx(4 * 0.004)
    assert figures["access_pj"] == pytest.approx(4 * (0.002 + 0.02) * 0.1 / 2)
