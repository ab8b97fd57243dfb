# SPDX-License-Identifier: Apache-2.0
"""The clock behind gates, by hand."""

import pytest

from flow.energy.clock import clock_pj, tick_pj
from flow.silicon.cells import MEMORY, CellCounts
from flow.silicon.gates import Gate
from flow.silicon.liberty import Cell, CellLibrary
from flow.silicon.power import CellPower

LIBRARY = CellLibrary(
    name="two",
    voltage=2.0,
    cells={
        "DFF": Cell(area_um2=1.0, leakage_nw=0.0, input_pf=0.0, clock_pf=0.25),
        "ICG": Cell(area_um2=1.0, leakage_nw=0.0, input_pf=0.0, clock_pf=0.5),
    },
)
POWER = {
    "DFF": CellPower(output_pj=9.0, input_pj=9.0, clock_pj=1.0),
    "ICG": CellPower(output_pj=5.0, input_pj=9.0, clock_pj=0.0, gates_clock=True),
}


def test_by_hand() -> None:
    counts = CellCounts(
        modules={"top": {"DFF": 100, "ICG": 2, MEMORY: 1}, "top.part": {"DFF": 10, "ICG": 1}, "top2": {"DFF": 7}},
        gates={"top.gate0": Gate(flip_flops={"DFF": 40}), "top.part.gate0": Gate(flip_flops={"DFF": 8})}, gate="ICG",
    )  # fmt: skip
    assert (tick_pj("DFF", LIBRARY, POWER), tick_pj("ICG", LIBRARY, POWER)) == (2.0, 2.0)

    def clock(path: str, shares: dict[str, float], *, deep: bool = True) -> float:
        return clock_pj(
            counts,
            path,
            {gate: {"all": share} for gate, share in shares.items()},
            "all",
            library=LIBRARY,
            power=POWER,
            deep=deep,
        )

    closed, half = {"top.gate0": 0.0, "top.part.gate0": 0.0}, {"top.gate0": 0.5, "top.part.gate0": 0.0}
    # 62 flip-flops and 3 gates have their clock in each cycle.
    assert clock("top", closed) == pytest.approx(62 * 2 + 3 * 2)
    # Two gates side by side drive 40 flip-flops: both outputs change twice when they are open.
    assert clock("top", half) == pytest.approx(62 * 2 + 3 * 2 + 0.5 * (40 * 2 + 2 * 2 * 5))
    assert clock("top", half, deep=False) == pytest.approx(60 * 2 + 2 * 2 + 0.5 * (40 * 2 + 2 * 2 * 5))
    assert clock("top.part", half) == pytest.approx(2 * 2 + 2)
