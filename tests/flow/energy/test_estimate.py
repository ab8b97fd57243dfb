# SPDX-License-Identifier: Apache-2.0
"""Energy of logic and memories by hand."""

import numpy as np
import pytest

from flow.energy.activity import TOP, Activity, BlockActivity, Phase
from flow.energy.estimate import Part, logic_parts, memory_parts, merged, phase_cycles
from flow.energy.report import content
from flow.silicon.cells import MEMORY, CellCounts
from flow.silicon.cost import memory_costs, run_unit
from flow.silicon.gates import Gate
from flow.silicon.liberty import Cell, CellLibrary
from flow.silicon.macros import load_table
from flow.silicon.power import CellPower
from model.batch import GoldenBatch
from model.delay.registry import DelayUnit
from tests.flow.examples import small_image

LIBRARY = CellLibrary(
    name="two",
    voltage=2.0,
    cells={
        "GATE": Cell(area_um2=1.0, leakage_nw=100.0, input_pf=0.01, clock_pf=0.0),
        "DFF": Cell(area_um2=1.0, leakage_nw=0.0, input_pf=0.002, clock_pf=0.004),
        "ICG": Cell(area_um2=1.0, leakage_nw=0.0, input_pf=0.002, clock_pf=0.003),
    },
)
POWER = {
    "GATE": CellPower(output_pj=0.03, input_pj=0.0, clock_pj=0.0),
    "DFF": CellPower(output_pj=0.006, input_pj=0.0, clock_pj=0.014),
    "ICG": CellPower(output_pj=0.02, input_pj=0.0, clock_pj=0.008, gates_clock=True),
}
COUNTS = CellCounts(
    modules={
        "core_x": {"GATE": 5},
        "core_x.part": {"GATE": 10, MEMORY: 3, "ICG": 1},
        "core_x.part.inner": {"DFF": 20, "ICG": 1},
    },
    gates={"core_x.part.gate0": Gate(flip_flops={}), "core_x.part.inner.gate0": Gate(flip_flops={"DFF": 15})},
    gate="ICG",
)
SHARES = {
    "core_x.part.gate0": {"synapses": 0.0, "all": 1.0},
    "core_x.part.inner.gate0": {"synapses": 0.2, "neurons": 0.9, "all": 0.5},
}
CYCLES = {Phase.SYNAPSES: 1000.0, Phase.NEURONS: 0.0, Phase.END: 0.0}


def test_logic() -> None:
    activity = Activity(
        cycles={Phase.SYNAPSES: 10, Phase.NEURONS: 0, Phase.END: 0},
        blocks={
            "part": BlockActivity(
                bits=5, toggles={Phase.SYNAPSES: 25, Phase.NEURONS: 0, Phase.END: 0},
                idle={Phase.SYNAPSES: 4, Phase.NEURONS: 0, Phase.END: 0},
            )
        },
    )  # fmt: skip
    parts = logic_parts(COUNTS, "core_x", activity, SHARES, cycles=CYCLES, library=LIBRARY, power=POWER)
    part = next(each for each in parts if (each.block, each.phase) == ("part", Phase.SYNAPSES))
    assert (part.activity, part.idle_share) == (0.5, 0.4)
    # Half of 10 * (2*0.01 + 0.03) + 20 * (2*0.002 + 0.006) pJ in each of 1000 cycles.
    assert part.logic_uj == pytest.approx(0.5 * (10 * 0.05 + 20 * 0.01) * 1e-3)
    tick, gate = 4 * 0.004 + 0.014, 4 * 0.003 + 0.008
    assert part.ungated_clock_uj == pytest.approx(20 * tick * 1e-3)
    # Two gates have their clock in each cycle; one is open in a fifth, with 15 of the flip-flops and its own output.
    assert part.clock_uj == pytest.approx((2 * gate + 5 * tick + 0.2 * (15 * tick + 2 * 0.02)) * 1e-3)
    assert part.leakage_uj == pytest.approx(1000 * 1e-9 * 1e-5 * 1e6)  # 1 uW in 10 us
    top = next(each for each in parts if (each.block, each.phase) == (TOP, Phase.SYNAPSES))
    assert (top.logic_uj, top.clock_uj) == (0.0, 0.0)
    assert top.leakage_uj > 0


@pytest.mark.parametrize("unit", [*DelayUnit])
def test_memories_are_those_of_the_other_reports(unit: DelayUnit) -> None:
    """By phase, but no more and no less."""
    image = small_image()
    config = image.config(unit)
    rng = np.random.default_rng(3)
    rasters = rng.random((3, 11, image.axons_used)) < 0.4
    spikes = GoldenBatch(image.network()).run(rasters).spikes
    run = run_unit(image, config, list(rasters), [fired[:, image.order] for fired in spikes])
    activity = Activity(cycles={Phase.SYNAPSES: 1, Phase.NEURONS: 1, Phase.END: 20})
    cycles = phase_cycles(run, activity)
    assert sum(cycles.values()) == pytest.approx(run.cycles)
    parts = memory_parts(run, cycles, load_table(None))
    expected = sum(cost.energy_uj for cost in memory_costs(run, load_table(None), by_energy=True))
    assert sum(part.memory_uj for part in parts) == pytest.approx(expected)
    assert all(part.memory_uj >= 0 for part in parts)


def test_the_report_adds_up() -> None:
    parts = merged(
        [
            Part(block="a", phase=Phase.END, memory_uj=1.0),
            Part(
                block="a",
                phase=Phase.END,
                logic_uj=2.0,
                clock_uj=4.0,
                ungated_clock_uj=7.0,
                activity=0.2,
            ),
            Part(block="b", phase=Phase.NEURONS, leakage_uj=8.0),
        ]
    )
    assert len(parts) == 2
    found = content(parts, CYCLES, samples=1, library="x")
    assert (found["total_uj"], found["ungated_total_uj"], found["aim_met"]) == (15.0, 18.0, False)
    assert found["by_block"] == {"a": 7.0, "b": 8.0}
    assert found["by_phase"] == {"synapses": 0.0, "neurons": 8.0, "end": 7.0}
    assert found["by_kind"] == {"memory_uj": 1.0, "logic_uj": 2.0, "clock_uj": 4.0, "leakage_uj": 8.0}
    assert content(parts, CYCLES, samples=1, library=None)["aim_met"] is None
