# SPDX-License-Identifier: Apache-2.0
"""Fabrics with flipped bits in guarded image memories: put right, or flagged and counted by the core that has them."""

from collections.abc import Sequence
from dataclasses import fields, replace
from functools import cache

import numpy as np
import pytest

from flow.run.checks import FabricCheck
from model.config import CoreConfig, Protection
from model.cost.memories import MemoryName
from model.fabric.bundle import Bundle
from model.fabric.config import FabricConfig
from model.faults.faults import EventFault, EventKind, FaultList, Flip
from model.faults.memories import IMAGE, shapes
from model.golden import GoldenCore
from model.result import Result
from support.errors import InputError
from tb.core.bench import EVENTS
from tb.core.scoreboard import mismatches
from tb.fabric.bench import FabricOutcome
from tb.faults.fabric import FaultyFabricBench
from tests.model.fabric.cases import case, samples

PARITY, SECDED = 0, 1
"""The cores of the fabric, by what guards them."""


@cache
def setup() -> tuple[Bundle, FaultyFabricBench, tuple[EVENTS, ...]]:
    """A network on two cores, a build of which every word is in use, and two samples that fire."""
    made = case(3, cores=2, nodes=2)
    plain = made.bundle.config(["ring"])
    kinds = (Protection.PARITY, Protection.SECDED)
    cores = tuple(replace(core, protection=kind) for core, kind in zip(plain.cores, kinds, strict=True))
    config = FabricConfig(cores=cores, routes=plain.routes, axons=plain.axons)
    return made.bundle, FaultyFabricBench(config), tuple(samples(3, made.bundle.network(), (0.3, 1.0)))


def played(core: int, flips: Sequence[Flip] = ()) -> tuple[list[FabricOutcome], bool]:
    """The outcomes with these flips in a core, and whether they are those of the network without faults."""
    bundle, bench, given = setup()
    faults = [FaultList(flips=tuple(flips)) if number == core else FaultList() for number in range(2)]
    seen = list(bench.play_faulty(bundle, given, faults))
    golden = GoldenCore(bundle.network())
    right = all(not list(mismatches(number, golden.run(events), outcome.result))
                for number, (events, outcome) in enumerate(zip(given, seen, strict=True)))  # fmt: skip
    return seen, right


def one_a_word(core: int, memory: MemoryName) -> list[Flip]:
    config: CoreConfig = setup()[1].config.cores[core]
    shape, rng = shapes(config)[memory], np.random.default_rng(3)
    return [Flip(memory=memory, address=address, bit=int(rng.integers(shape.width))) for address in range(shape.depth)]


def counted(seen: Sequence[FabricOutcome], core: int, name: str) -> int:
    return sum(outcome.cores[core][name] for outcome in seen)


def test_without_faults() -> None:
    seen, right = played(PARITY)
    assert right
    assert any(outcome.result.spikes.any() for outcome in seen)
    assert all(outcome.flags == () for outcome in seen)
    assert [counted(seen, core, name) for core in range(2) for name in ("corrected_reads", "failed_reads")] == [0] * 4


@pytest.mark.parametrize("memory", IMAGE)
def test_secded_puts_a_wrong_bit_in_every_word_right(memory: MemoryName) -> None:
    seen, right = played(SECDED, one_a_word(SECDED, memory))
    assert right
    assert all(outcome.flags == () for outcome in seen)
    assert counted(seen, SECDED, "corrected_reads") > 0
    assert counted(seen, SECDED, "failed_reads") + counted(seen, PARITY, "failed_reads") == 0


@pytest.mark.parametrize("memory", IMAGE)
def test_secded_flags_two_wrong_bits(memory: MemoryName) -> None:
    width = shapes(setup()[1].config.cores[SECDED])[memory].width
    flips = one_a_word(SECDED, memory)
    seen, _ = played(SECDED, [*flips, *(replace(each, bit=(each.bit + 1) % width) for each in flips)])
    assert seen[-1].flags == ("core 1: FAILED_READ",)
    assert counted(seen, SECDED, "failed_reads") > 0
    assert counted(seen, PARITY, "failed_reads") == 0


@pytest.mark.parametrize("memory", IMAGE)
def test_parity_never_gives_a_silent_wrong_result(memory: MemoryName) -> None:
    """A bit in one word at a time: where spikes or read-outs of any core are wrong, the flag of this one is there."""
    chosen, flagged = one_a_word(PARITY, memory), 0
    for flip in chosen[:: max(1, len(chosen) // 4)]:
        seen, right = played(PARITY, [flip])
        flags = seen[-1].flags
        assert right or flags == ("core 0: FAILED_READ",)
        assert bool(flags) == (counted(seen, PARITY, "failed_reads") > 0)
        assert counted(seen, SECDED, "failed_reads") == 0
        flagged += bool(flags)
    assert flagged > 0


def test_a_run_fails_and_says_which_core() -> None:
    """What `sim` makes of such a sample."""
    bundle, bench, given = setup()
    seen, _ = played(PARITY, one_a_word(PARITY, MemoryName.PARAMETERS))
    golden = GoldenCore(bundle.network()).run(given[0])
    batch = Result(**{each.name: np.asarray(getattr(golden, each.name))[None] for each in fields(Result)})
    check = FabricCheck(bench, bundle, batch)
    failure = check.compare(0, given[0], seen[0]).failure
    reads = seen[0].cores[PARITY]["failed_reads"]
    assert failure is not None
    assert failure.startswith(
        f"sample 0: core 0: {reads:,} reads of the image failed: a memory has errors (FAILED_READ)"
    )


def test_what_a_fabric_cannot_be_given() -> None:
    bundle, bench, given = setup()
    with pytest.raises(InputError, match="expected a list for each of the 2 cores, not 1"):
        bench.play_faulty(bundle, given, [FaultList()])
    event = EventFault(sample=0, step=0, axon=0, kind=EventKind.DROPPED)
    with pytest.raises(InputError, match="faults of core 1: expected none of events"):
        bench.play_faulty(bundle, given, [FaultList(), FaultList(events=(event,))])
    flip = Flip(memory=MemoryName.PARAMETERS, address=1 << 12, bit=0)
    with pytest.raises(InputError, match="flip 0: address of parameters"):
        bench.play_faulty(bundle, given, [FaultList(flips=(flip,)), FaultList()])
