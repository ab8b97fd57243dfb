# SPDX-License-Identifier: Apache-2.0
"""Figures of units against the RTL, and costs by hand."""

from dataclasses import replace

import numpy as np
import pytest

from flow.delay_report.sweep import Point, measure
from flow.silicon.cost import CLOCK_MHZ, delay_area, memory_costs, run_unit
from flow.silicon.macros import FlipFlop, Macro, MacroTable
from model.config import DelayUnit, preset
from model.cost.memories import MemoryName
from model.encoding import to_events
from model.image.image import Image
from tb.core.bench import CoreBench
from tests.flow.examples import small_image

MACRO = Macro(depth=1000, width=100, area_um2=500.0, leakage_nw=1000.0, write_pj=3.0, read_pj=2.0)
TABLE = MacroTable(name="one", flip_flop=FlipFlop(area_um2=100.0, clock_pj=0.5, access_pj=0.25), macro=(MACRO,))
POINTS = (
    Point(sources=7, delays=9, activity=0.3, targets=8),
    Point(sources=12, delays=5, activity=1.0, density=0.2, targets=11),
)


@pytest.mark.parametrize("unit", list(DelayUnit))
@pytest.mark.parametrize(
    "point",
    [
        Point(sources=7, delays=9, activity=0.3, targets=8),
        Point(sources=12, delays=5, activity=1.0, density=0.2, targets=11),
    ],
)
def test_a_point_of_a_sweep_in_rtl(point: Point, unit: DelayUnit) -> None:
    """Cycles, words, weights added and the peak of a queue: the sweep says what the RTL does."""
    image, raster = point.image(), point.raster()
    config = image.config(unit)
    [seen] = CoreBench(config, backend="amaranth").play(image, [to_events(raster)])
    run = run_unit(image, config, [raster], [np.zeros((len(raster), point.targets), bool)])
    counters = seen.counters
    assert (run.cycles, run.synapse_cycles, run.words) == tuple(
        counters[name] for name in ("cycles", "synapse_cycles", "synapse_words")
    )
    assert run.operations == counters["synaptic_operations"]
    assert run.word_rate == counters["synapse_words"] / counters["synapse_cycles"]
    assert run.lane_fill == counters["synaptic_operations"] / (config.lanes * counters["synapse_words"])
    assert (run.held_peak if unit.has_queues else 0) == counters["queue_peak"]
    assert run.lost == counters["lost_events"] == 0
    record = measure(point, TABLE)["units"][str(unit)]
    assert record["cycles_per_step"] == counters["cycles"] / len(raster)
    idle = counters["synapse_cycles"] - counters["synapse_words"]
    assert record["stalls_per_step"] == pytest.approx(idle / len(raster))


@pytest.fixture
def image() -> Image:
    return small_image()


def test_bits(image: Image) -> None:
    raster = np.ones((9, 4), bool)
    spikes = np.zeros((9, 6), bool)
    runs = {unit: run_unit(image, image.config(unit), [raster], [spikes]) for unit in DelayUnit}
    config = image.geometry
    accumulators = config.lanes * config.accumulator_bits << config.target_bits
    assert runs[DelayUnit.RING].provisioned_bits == accumulators * (config.delays - 1)
    entry = config.source_bits + config.delay_bits
    assert runs[DelayUnit.SCDQ].provisioned_bits == 2 * image.capacity * entry
    assert runs[DelayUnit.SCDQ1].provisioned_bits == image.capacity * entry
    assert runs[DelayUnit.BITMAP].provisioned_bits == image.histories * (config.delays - 1 + 2)
    held = runs[DelayUnit.SCDQ1].held_peak
    assert held > 0
    used = {unit: run.used_bits for unit, run in runs.items()}
    assert used[DelayUnit.SCDQ] == 2 * used[DelayUnit.SCDQ1] == 2 * held * entry
    assert used[DelayUnit.BITMAP] == held
    assert all(run.used_bits <= run.provisioned_bits for run in runs.values())


def test_a_declared_capacity_that_is_too_small(image: Image) -> None:
    tight = replace(image, capacity=1)
    run = run_unit(tight, tight.config("scdq1"), [np.ones((9, 4), bool)], [np.zeros((9, 6), bool)])
    assert run.lost > 0


def test_costs_by_hand(image: Image) -> None:
    run = run_unit(image, image.config("scdq"), [np.ones((9, 4), bool)], [np.zeros((9, 6), bool)])
    costs = {cost.shape.name: cost for cost in memory_costs(run, TABLE)}
    queue = costs[MemoryName.QUEUE]
    reads, writes = run.accesses[MemoryName.QUEUE]
    assert (queue.area_um2, queue.read_uj, queue.write_uj) == pytest.approx((1000.0, reads * 2e-6, writes * 3e-6))
    seconds = run.cycles / (CLOCK_MHZ * 1e6)
    assert queue.leakage_uj == pytest.approx(2 * 1000e-9 * seconds * 1e6)
    assert queue.energy_uj == pytest.approx(queue.read_uj + queue.write_uj + queue.leakage_uj)
    assert delay_area(run.config, TABLE) == 1000.0


def test_area_of_the_ring_is_what_its_slots_add() -> None:
    config = preset("tiny")
    small = MacroTable(name="x", flip_flop=FlipFlop(area_um2=1.0, clock_pj=0, access_pj=0), macro=(MACRO,))
    slot = config.accumulator_bits << config.target_bits
    assert delay_area(config, small) == config.lanes * slot * (config.delays - 1)
    assert delay_area(config.with_unit("bitmap", 5), small) == 5 * (config.delays - 1)
