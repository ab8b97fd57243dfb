# SPDX-License-Identifier: Apache-2.0
"""flow.energy.gating: gates cost what the library says, and stand before blocks that gain by them."""

import pytest

from flow.energy.activity import Phase
from flow.energy.gating import Gate, cheapest_gate, gated_clock
from flow.silicon.cells import MEMORY
from flow.silicon.liberty import Cell, CellLibrary
from flow.silicon.power import CellPower

LIBRARY = CellLibrary(
    name="cells",
    voltage=1.0,
    cells={
        "DFF": Cell(area_um2=1.0, leakage_nw=0.0, input_pf=0.001, clock_pf=0.004),
        "LARGE": Cell(area_um2=1.0, leakage_nw=0.0, input_pf=0.001, clock_pf=0.02),
        "SMALL": Cell(area_um2=1.0, leakage_nw=0.0, input_pf=0.001, clock_pf=0.01),
    },
)
PLAIN = CellPower(output_pj=0.01, input_pj=0.0, clock_pj=0.006)
CELLS = {"DFF": 64, MEMORY: 2}
TICK = 64 * 0.01
GATE = Gate(closed_pj=0.02, open_pj=0.03)


def clock(block: str, phase: Phase, *, idle: float, moved: float, gate: Gate | None = GATE) -> tuple[float, float]:
    found = gated_clock(
        block, phase, CELLS, tick_pj=TICK, idle_share=idle, moved_share=moved, gate=gate, library=LIBRARY
    )
    return found.block_pj, found.register_pj


def test_the_gate_that_takes_least_is_taken() -> None:
    gating = CellPower(output_pj=0.015, input_pj=0.0, clock_pj=0.01, gates_clock=True)
    assert cheapest_gate(LIBRARY, {"DFF": PLAIN, "LARGE": gating, "SMALL": gating}) == GATE
    assert cheapest_gate(LIBRARY, {"DFF": PLAIN}) is None


def test_a_block_without_work_has_its_gates_alone() -> None:
    """64 flip-flops behind two gates."""
    both = clock("loader", Phase.SYNAPSES, idle=0.0, moved=0.5)
    assert both == pytest.approx((0.04, 0.04))
    assert clock("neurons", Phase.SYNAPSES, idle=0.0, moved=0.5) == pytest.approx(both)
    assert clock("neurons", Phase.NEURONS, idle=0.0, moved=0.5)[0] == pytest.approx(TICK)


def test_words_have_gates_behind_that_of_the_block() -> None:
    """Two gates before all, open in half of the cycles; eight for words behind them, a tenth of which opens."""
    root = 2 * (0.02 + 0.5 * 0.03)
    expected = root + 0.5 * TICK, root + 0.5 * 8 * 0.02 + 0.1 * (TICK + 8 * 0.03)
    assert clock("delay", Phase.SYNAPSES, idle=0.5, moved=0.1) == pytest.approx(expected)


def test_never_more_than_without_gates() -> None:
    assert clock("delay", Phase.END, idle=0.0, moved=1.0) == pytest.approx((TICK, TICK))
    assert clock("delay", Phase.END, idle=1.0, moved=0.0, gate=None) == (TICK, TICK)
