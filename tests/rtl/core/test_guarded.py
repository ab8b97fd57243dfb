# SPDX-License-Identifier: Apache-2.0
"""Cores whose image memories have check bits, with flipped bits in them: put right, or flagged, never silent."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest

from model.config import CoreConfig, DelayUnit, Protection
from model.cost.memories import MemoryName
from model.encoding import to_events
from model.faults.faults import FaultList, Flip
from model.faults.memories import IMAGE, shapes
from model.golden import GoldenCore
from model.image.image import Image
from model.mapping.compiler import compile_network, fit
from model.random_network import random_network, random_raster
from rtl.core.sources import SourceTable
from tb.core.bench import EVENTS, Outcome
from tb.core.scoreboard import mismatches
from tb.faults.bench import FaultBench
from tests.rtl.simulate import simulate
from tests.tb.faults.test_bench import STEPS, build

BUILDS = [(DelayUnit.RING, Protection.PARITY), (DelayUnit.RING, Protection.SECDED), (DelayUnit.SCDQ, Protection.SECDED)]


@cache
def bench(config: CoreConfig) -> FaultBench:
    return FaultBench(config)


@cache
def case(unit: DelayUnit, protection: Protection) -> tuple[CoreConfig, Image, tuple[EVENTS, ...]]:
    """The smallest build of a network, so that every word is in use, and two samples."""
    rng = np.random.default_rng(8)
    network = random_network(rng, build(unit), density=0.3)
    config = replace(fit(network, lanes=3, delay_unit=unit), protection=protection)
    rasters = [random_raster(rng, network, STEPS, 0.4) for _ in range(2)]
    return config, compile_network(network, config), tuple(list(to_events(raster)) for raster in rasters)


def played(unit: DelayUnit, protection: Protection, flips: Sequence[Flip] = ()) -> tuple[list[Outcome], bool]:
    """The outcomes, and whether they are those of a core without faults."""
    config, image, samples = case(unit, protection)
    outcomes = list(bench(config).play_faulty(image, samples, FaultList(flips=tuple(flips))))
    network = image.network()
    right = all(
        not list(mismatches(number, GoldenCore(network).run(events), outcome.result))
        for number, (events, outcome) in enumerate(zip(samples, outcomes, strict=True))
    )
    return outcomes, right


def one_a_word(config: CoreConfig, memory: MemoryName) -> list[Flip]:
    shape, rng = shapes(config)[memory], np.random.default_rng(3)
    return [
        Flip(memory=memory, address=address, bit=int(rng.integers(shape.width))) for address in range(shape.depth)
    ]  # fmt: skip


@pytest.mark.parametrize(("unit", "protection"), BUILDS)
def test_without_faults(unit: DelayUnit, protection: Protection) -> None:
    """Nothing is counted, and no cycle is lost."""
    outcomes, right = played(unit, protection)
    assert right
    assert [(each.flags, each.counters["corrected_reads"], each.counters["failed_reads"]) for each in outcomes] == [
        ((), 0, 0)
    ] * 2
    if protection is Protection.SECDED and unit is DelayUnit.RING:
        other, _ = played(unit, Protection.PARITY)
        assert [each.counters["cycles"] for each in outcomes] == [each.counters["cycles"] for each in other]


@pytest.mark.parametrize("memory", IMAGE)
@pytest.mark.parametrize("unit", [DelayUnit.RING, DelayUnit.SCDQ])
def test_secded_puts_a_wrong_bit_in_every_word_right(unit: DelayUnit, memory: MemoryName) -> None:
    config, _, _ = case(unit, Protection.SECDED)
    outcomes, right = played(unit, Protection.SECDED, one_a_word(config, memory))
    assert right
    assert [each.flags for each in outcomes] == [(), ()]
    assert all(each.counters["corrected_reads"] > 0 for each in outcomes)
    assert all(each.counters["failed_reads"] == 0 for each in outcomes)


@pytest.mark.parametrize("memory", IMAGE)
def test_secded_flags_two_wrong_bits(memory: MemoryName) -> None:
    config, _, _ = case(DelayUnit.RING, Protection.SECDED)
    flips = one_a_word(config, memory)
    width = shapes(config)[memory].width
    pairs = [*flips, *(replace(each, bit=(each.bit + 1) % width) for each in flips)]
    outcomes, _ = played(DelayUnit.RING, Protection.SECDED, pairs)
    assert "FAILED_READ" in outcomes[0].flags
    assert outcomes[0].counters["failed_reads"] > 0


@pytest.mark.parametrize("memory", IMAGE)
def test_parity_flags_what_is_wrong(memory: MemoryName) -> None:
    """A bit in one word at a time: where a result is wrong, the flag is there. Some flips matter, some do not."""
    config, _, _ = case(DelayUnit.RING, Protection.PARITY)
    chosen = one_a_word(config, memory)
    seen = []
    for flip in chosen[:: max(1, len(chosen) // 3)]:
        outcomes, right = played(DelayUnit.RING, Protection.PARITY, [flip])
        flagged = "FAILED_READ" in outcomes[-1].flags
        assert right or flagged
        assert flagged == (outcomes[-1].counters["failed_reads"] + outcomes[0].counters["failed_reads"] > 0)
        seen.append(flagged)
    assert any(seen)


@pytest.mark.parametrize("protection", list(Protection))
def test_a_word_comes_back(protection: Protection) -> None:
    """Also of a memory alone: what was written is read, a cycle later, and nothing is reported."""
    config = replace(build(DelayUnit.RING), protection=protection)
    table = SourceTable(config)

    async def work(ctx: Any) -> None:
        for source in range(config.sources):
            ctx.set(table.write.addr, source)
            ctx.set(table.write.data, {"mask": source * 37 % (1 << config.delays), "base": source})
            ctx.set(table.write.en, 1)
            await ctx.tick()
        ctx.set(table.write.en, 0)
        for source in range(config.sources):
            ctx.set(table.lookup.address, source)
            ctx.set(table.lookup.en, 1)
            await ctx.tick()
            assert ctx.get(table.lookup.data.mask) == source * 37 % (1 << config.delays)
            assert ctx.get(table.lookup.data.base) == source
            assert (ctx.get(table.corrected), ctx.get(table.failed)) == (0, 0)

    simulate(table, work)
