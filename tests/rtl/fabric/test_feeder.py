# SPDX-License-Identifier: Apache-2.0
"""The feeder: a step is the spikes of other cores in the order in which they came, then the host's tokens."""

from collections.abc import Sequence
from typing import Any

import pytest

from rtl.fabric.feeder import Feeder
from rtl.layouts import Kind
from tests.rtl.fabric.builds import CONFIG, CORE
from tests.rtl.simulate import sends, simulate, takes

EVENT, EOS, END = (int(kind) for kind in Kind)


def host(*tokens: tuple[int, int]) -> list[dict[str, int]]:
    return [{"kind": kind, "axon": axon} for kind, axon in tokens]


async def arrive(ctx: Any, feeder: Feeder, half: int, axons: Sequence[int]) -> None:
    for axon in axons:
        ctx.set(feeder.arrivals.payload, {"axon": axon, "half": half})
        ctx.set(feeder.arrivals.valid, 1)
        await ctx.tick()
    ctx.set(feeder.arrivals.valid, 0)


@pytest.mark.parametrize("idle", [0.0, 0.5])
def test_spikes_of_others_then_the_host(idle: float) -> None:
    """While a step is fed from its half, the other half takes what is for the next one."""
    feeder, seen = Feeder(CONFIG), list[dict[str, int]]()
    tokens = host((EVENT, 1), (EVENT, 0), (EOS, 0), (EOS, 0), (EVENT, 2), (EOS, 0), (END, 0))

    async def others(ctx: Any) -> None:
        for step, axons in enumerate(([], [3, 0, 2], [1])):
            await arrive(ctx, feeder, 1 - step % 2, axons)
            ctx.set(feeder.may_begin, 1)
            eos = step + 1
            while sum(token["kind"] == EOS for token in seen) < eos:
                await ctx.tick()
            assert ctx.get(feeder.stepping), "until it is completed"
            ctx.set(feeder.may_begin, 0)
            ctx.set(feeder.completed, 1)
            await ctx.tick()
            ctx.set(feeder.completed, 0)
            ctx.set(feeder.parity, 1 - step % 2)
            assert not ctx.get(feeder.stepping)
        ctx.set(feeder.may_begin, 1)

    # Before the first step come none, before the second [], before the third [3, 0, 2]; END drops [1].
    simulate(feeder, sends(feeder.host, tokens, idle=idle), others, takes(feeder.events, seen, 10, idle=idle))
    assert [(token["kind"], token["axon"] if token["kind"] == EVENT else 0) for token in seen] == [
        (EVENT, 1), (EVENT, 0), (EOS, 0), (EOS, 0), (EVENT, 3), (EVENT, 0), (EVENT, 2), (EVENT, 2), (EOS, 0), (END, 0),
    ]  # fmt: skip


def test_what_it_waits_for() -> None:
    """``waits``: only for other cores; ``starves``: for the host inside of a step."""
    feeder = Feeder(CONFIG)

    async def bench(ctx: Any) -> None:
        ctx.set(feeder.events.ready, 1)
        assert not ctx.get(feeder.waits), "nor is the host there"
        ctx.set(feeder.host.valid, 1)
        ctx.set(feeder.host.payload, {"kind": EVENT, "axon": 1})
        assert ctx.get(feeder.waits)
        ctx.set(feeder.may_begin, 1)
        assert not ctx.get(feeder.waits)
        await ctx.tick()
        assert ctx.get(feeder.stepping)
        assert ctx.get(feeder.events.valid), "a cycle after both were there"
        await ctx.tick()
        ctx.set(feeder.host.valid, 0)
        assert ctx.get(feeder.starves)
        assert ctx.get(feeder.stepping)

    simulate(feeder, bench)


def test_end_of_sample_drops_what_is_for_its_step() -> None:
    feeder, seen = Feeder(CONFIG), list[dict[str, int]]()

    async def bench(ctx: Any) -> None:
        await arrive(ctx, feeder, 0, [1, 2])
        ctx.set(feeder.may_begin, 1)
        await sends(feeder.host, host((END, 0), (EOS, 0)))(ctx)

    simulate(feeder, bench, takes(feeder.events, seen, 2))
    assert [token["kind"] for token in seen] == [END, EOS]


def test_more_spikes_than_axons_are_asserted() -> None:
    feeder = Feeder(CONFIG)

    async def bench(ctx: Any) -> None:
        await arrive(ctx, feeder, 1, [0] * (CORE.axons + 2))

    with pytest.raises(AssertionError, match="feeder: no room for a spike"):
        simulate(feeder, bench)
