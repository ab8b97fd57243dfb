# SPDX-License-Identifier: Apache-2.0
"""All delay units: what every bench does to them, and single cases against ten obvious lines."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest

from model.config import CoreConfig, DelayUnit, QueueMemory, preset
from model.delay.spec import Holds
from rtl.delay.unit import delay_unit
from tb.delay.bench import UnitBench
from tb.delay.judge import UnitRun, WrongOutput
from tb.delay.scenarios import builds, counter_scenario, flush_scenario, random_scenario, scenarios
from tb.errors import SimulationError
from tb.player.phase import Phase
from tb.player.play import Backend, Player

SMALL = CoreConfig(neurons=5, axons=6, delays=7, rows=77, synapse_words=77, queue_depth=66)


def rows_of_each_step(slots: int, masks: list[set[int]], steps: list[list[int]]) -> list[Counter[tuple[int, int]]]:
    """(source, level) that leave in each step: ahead of their own by less than there are slots."""
    due: list[Counter[tuple[int, int]]] = [Counter() for _ in range(len(steps) + 300)]
    for step, sources in enumerate(steps):
        for source in sources:
            for level in masks[source]:
                due[step + level // slots * slots][source, level] += 1
    return due[: len(steps)]


@cache
def player(config: CoreConfig, backend: Backend) -> Player:
    return Player(UnitBench(delay_unit(config)), backend=backend)


def bases(masks: list[set[int]]) -> list[int]:
    """Number of the first row of each source."""
    return np.cumsum([0, *map(len, masks)])[:-1].tolist()


def table(masks: list[set[int]]) -> list[dict[str, Any]]:
    return [
        {"address": source, "data": {"mask": sum(1 << level for level in mask), "base": base}}
        for source, (mask, base) in enumerate(zip(masks, bases(masks), strict=True))
    ]


def play(
    config: CoreConfig, masks: list[set[int]], steps: list[list[int]], *, backend: Backend, capacity: int, seed: int
) -> tuple[list[list[tuple[int, int, int]]], Mapping[str, int]]:
    """What comes out in each step, in order, and the values of the plain outputs."""
    play = player(config, backend)
    tokens = [token for step in steps for token in [*({"source": s} for s in step), {"eos": 1}]]
    result = play.run(
        [
            Phase(inputs={"table": [play.pack("table", entry) for entry in table(masks)]}, set={"capacity": capacity}),
            Phase(
                inputs={"arrivals": [play.pack("arrivals", token) for token in tokens]},
                expect={"rows": len(steps)},
                cycles=1,
                settle=400,
            ),
        ],
        idle=0.3,
        stall=0.3,
        seed=seed,
    )[1]
    out: list[list[tuple[int, int, int]]] = [[]]
    for token in result.outputs["rows"]:
        row = play.unpack("rows", token)
        if row["eos"]:
            out.append([])
        else:
            out[-1].append((row["source"], row["level"], row["row"]))
    return out, result.values


QUEUES = [unit for unit in DelayUnit if unit.has_queues]
STORES = [unit for unit in DelayUnit if unit.spec.holds is not Holds.NOTHING]
UNIT_BUILDS = [(unit, build) for unit in DelayUnit for build in ("odd", "even")]


@pytest.mark.parametrize(("unit", "build"), UNIT_BUILDS)
def test_every_row_in_its_cycle_and_every_counter(unit: DelayUnit, build: str) -> None:
    """What mutants (``flow.verify.mutation``) go through: overflows, flushes and resets at any moment, random waits."""
    config = builds(unit)[build]
    UnitRun(player(config, "native"), config, list(scenarios(config))).check()


@pytest.mark.parametrize("unit", list(DelayUnit))
def test_the_same_in_amaranth(unit: DelayUnit) -> None:
    config = builds(unit)["odd"]
    todo = [counter_scenario(config), random_scenario(config, 5, steps=12), flush_scenario(config, 1, steps=12)]
    UnitRun(player(config, "amaranth"), config, todo).check()


@pytest.mark.cocotb
@pytest.mark.parametrize("unit", list(DelayUnit))
def test_the_same_in_cocotb(unit: DelayUnit) -> None:
    config = builds(unit)["even"]
    UnitRun(player(config, "cocotb"), config, [random_scenario(config, 6, steps=12), flush_scenario(config, 2)]).check()


@pytest.mark.parametrize("unit", QUEUES)
def test_queues_of_flip_flops(unit: DelayUnit) -> None:
    config = replace(builds(unit)["odd"], queue_memory=QueueMemory.REGISTERS)
    UnitRun(player(config, "native"), config, [random_scenario(config, seed) for seed in range(4, 8)]).check()


@pytest.mark.parametrize("unit", list(DelayUnit))
def test_what_is_done_to_a_unit_depends_on_it(unit: DelayUnit) -> None:
    """Each unit against the model and the timing of the next: the judge can fail."""
    config = builds(unit)["odd"]
    other = list(DelayUnit)[(list(DelayUnit).index(unit) + 1) % len(DelayUnit)]
    wrong = replace(config, delay_unit=other, unit_options=())
    scenario = random_scenario(config, 0, waits=False)
    with pytest.raises(WrongOutput, match=r"^random 0, part 0"):
        UnitRun(player(config, "native"), wrong, [scenario]).check()


@pytest.mark.parametrize("unit", QUEUES)
def test_every_source_in_every_step_fills_the_worst_case_exactly(unit: DelayUnit) -> None:
    config = SMALL.with_unit(unit, 66)
    masks = [set(range(7))] * config.sources
    steps = [list(range(config.sources))] * 12
    out, values = play(config, masks, steps, backend="native", capacity=66, seed=1)
    assert [Counter(s[:2] for s in step) for step in out[:12]] == rows_of_each_step(config.slots, masks, steps)
    [held] = unit.spec.held_levels(config, np.array([6]))
    assert (values["peak"], values["lost"]) == (held * config.sources, 0)


@pytest.mark.parametrize("unit", QUEUES)
def test_overflow_of_a_declared_capacity_is_counted(unit: DelayUnit) -> None:
    config = SMALL.with_unit(unit, 66)
    masks = [{6}] * config.sources
    steps = [list(range(config.sources)), *[[]] * 7]
    out, values = play(config, masks, steps, backend="native", capacity=4, seed=2)
    assert (values["peak"], values["lost"]) == (4, config.sources - 4)
    leaves = 6 // config.slots * config.slots
    assert [len(step) for step in out[:8]] == [4 * (step == leaves) for step in range(8)]


@pytest.mark.parametrize("unit", STORES)
def test_no_delays_at_all(unit: DelayUnit) -> None:
    """D = 1 and capacity 0: the queue only passes events through."""
    config = CoreConfig(neurons=3, axons=2, delays=1, rows=5, synapse_words=5, delay_unit=unit)
    masks: list[set[int]] = [{0}, set(), {0}, {0}, set()]
    steps = [[0, 1, 2, 3, 4], [], [4, 0]]
    out, values = play(config, masks, steps, backend="amaranth", capacity=0, seed=3)
    assert [Counter(s[:2] for s in step) for step in out[:3]] == rows_of_each_step(config.slots, masks, steps)
    assert values["lost"] == 0


@pytest.mark.parametrize("unit", list(DelayUnit))
def test_throughput_is_a_row_a_cycle(unit: DelayUnit) -> None:
    """Without idle and stalls, a step of n events with one row each takes n cycles and a constant."""
    config = SMALL.with_unit(unit, 66)
    play = player(config, "native")
    masks = [{0}] * config.sources
    tokens = [{"source": s} for s in range(config.sources)] + [{"eos": 1}]
    result = play.run(
        [
            Phase(inputs={"table": [play.pack("table", entry) for entry in table(masks)]}, set={"capacity": 66}),
            Phase(inputs={"arrivals": [play.pack("arrivals", t) for t in tokens]}, expect={"rows": len(tokens)}),
        ]
    )[1]
    at = result.at["rows"]
    assert at[config.sources - 1] - at[0] == config.sources - 1


def test_queue_asserts_against_overflow() -> None:
    """The invariants stay on in simulation: an event queue that is driven wrongly ends the run."""
    from rtl.delay.queue import EventQueue  # noqa: PLC0415

    player = Player(EventQueue(shape=8, depth=2, memory=QueueMemory.RAM), backend="amaranth")
    with pytest.raises(SimulationError, match="push to a full queue"):
        player.run([Phase(set={"push": 1}, cycles=10)])


def test_preset_units_differ_only_in_structure() -> None:
    ring, scdq = preset("tiny", delay_unit="ring"), preset("tiny", delay_unit="scdq")
    assert ring.geometry() == scdq.geometry()
    assert (ring.slots, scdq.slots) == (4, 1)
