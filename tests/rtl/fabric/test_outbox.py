# SPDX-License-Identifier: Apache-2.0
"""The outbox: what others hear leaves in order, with its hops; nothing before the listeners have room."""

from typing import Any

import pytest

from rtl.fabric.outbox import Outbox
from rtl.layouts import Kind
from tests.rtl.fabric.builds import CONFIG, CORE, NUMBER
from tests.rtl.simulate import TestBench, fields, simulate

HOPS = [1, 0, 3, 2, 0, 1]
"""Of each neuron."""


async def write_hops(ctx: Any, outbox: Outbox) -> None:
    ctx.set(outbox.hops_write.en, 1)
    for neuron, hops in enumerate(HOPS):
        ctx.set(outbox.hops_write.addr, neuron)
        ctx.set(outbox.hops_write.data, hops)
        await ctx.tick()
    ctx.set(outbox.hops_write.en, 0)


async def fire(ctx: Any, outbox: Outbox, neurons: list[int], *, end: Kind = Kind.EOS) -> None:
    ctx.set(outbox.spikes.valid, 1)
    for neuron in neurons:
        ctx.set(outbox.spikes.payload, {"kind": Kind.EVENT, "neuron": neuron})
        await ctx.tick()
    ctx.set(outbox.spikes.payload, {"kind": end, "neuron": 0})
    await ctx.tick()
    ctx.set(outbox.spikes.valid, 0)


def watching(outbox: Outbox, left: list[dict[str, int]], done: list[int]) -> TestBench:
    """Keeps what leaves, and how much had left at each completed step."""

    async def watch(ctx: Any) -> None:
        while True:
            _, _, valid, ready, payload, completed = await ctx.tick().sample(
                outbox.leaving.valid, outbox.leaving.ready, outbox.leaving.payload, outbox.completed
            )
            if valid and ready:
                left.append(fields(payload))
            if completed:
                done.append(len(left))

    return watch


def test_spikes_that_somebody_hears_then_the_end_of_step() -> None:
    outbox, left, done = Outbox(CONFIG, NUMBER), list[dict[str, int]](), list[int]()

    async def bench(ctx: Any) -> None:
        await write_hops(ctx, outbox)
        ctx.set(outbox.eos_hops, 3)
        ctx.set(outbox.leaving.ready, 1)
        await fire(ctx, outbox, [*range(CORE.neurons)])
        await ctx.tick().repeat(5)
        assert left == [], "listeners have no room"
        ctx.set(outbox.may_send, 1)
        for cycle in range(20):
            ctx.set(outbox.leaving.ready, cycle % 3 == 0)
            await ctx.tick()

    simulate(outbox, bench, background=[watching(outbox, left, done)])
    assert [(each["eos"], each["neuron"], each["hops"]) for each in left[:-1]] == [
        (0, neuron, hops - 1) for neuron, hops in enumerate(HOPS) if hops
    ]
    assert (left[-1]["eos"], left[-1]["hops"]) == (1, 2)
    assert {each["core"] for each in left} == {NUMBER}
    assert done == [5], "the step is completed when its end has left"


def test_an_end_of_step_that_nobody_waits_for_takes_no_register() -> None:
    outbox, left, done = Outbox(CONFIG, NUMBER), list[dict[str, int]](), list[int]()

    async def bench(ctx: Any) -> None:
        await write_hops(ctx, outbox)
        ctx.set(outbox.may_send, 1)  # no register of the ring is ever free
        await fire(ctx, outbox, [1, 4])
        await ctx.tick().repeat(6)

    simulate(outbox, bench, background=[watching(outbox, left, done)])
    assert (left, done) == ([], [0])


def test_the_end_of_a_sample_is_not_for_others() -> None:
    outbox, left, done = Outbox(CONFIG, NUMBER), list[dict[str, int]](), list[int]()

    async def bench(ctx: Any) -> None:
        await write_hops(ctx, outbox)
        ctx.set(outbox.may_send, 1)
        ctx.set(outbox.leaving.ready, 1)
        await fire(ctx, outbox, [0], end=Kind.END)
        await ctx.tick().repeat(6)

    simulate(outbox, bench, background=[watching(outbox, left, done)])
    assert ([each["neuron"] for each in left], done) == ([0], [])


def test_three_cycles_from_a_spike_to_the_ring() -> None:
    outbox = Outbox(CONFIG, NUMBER)

    async def bench(ctx: Any) -> None:
        await write_hops(ctx, outbox)
        ctx.set(outbox.may_send, 1)
        ctx.set(outbox.spikes.valid, 1)
        ctx.set(outbox.spikes.payload, {"kind": Kind.EVENT, "neuron": 0})
        await ctx.tick()
        ctx.set(outbox.spikes.valid, 0)
        for _ in range(2):
            assert not ctx.get(outbox.leaving.valid)
            await ctx.tick()
        assert ctx.get(outbox.leaving.valid)

    simulate(outbox, bench)


def test_more_spikes_than_neurons_are_asserted() -> None:
    outbox = Outbox(CONFIG, NUMBER)

    async def bench(ctx: Any) -> None:
        await write_hops(ctx, outbox)
        await fire(ctx, outbox, [0] * (CORE.neurons + 4))
        await ctx.tick().repeat(4)

    with pytest.raises(AssertionError, match="outbox: no room for a spike"):
        simulate(outbox, bench)
