# SPDX-License-Identifier: Apache-2.0
"""The controller: the order of tokens, and its way through steps and the end of a sample."""

from collections.abc import Callable, Coroutine
from typing import Any

from model.config import CoreConfig
from model.cost.timing import FLUSH
from rtl.core.control import Controller
from rtl.layouts import Kind
from tests.rtl.simulate import simulate

CONFIG = CoreConfig(neurons=3, axons=4, delays=2, rows=9, synapse_words=9, lanes=2)
SWEEP = CONFIG.accumulators_per_lane


async def arm(ctx: Any, control: Controller) -> None:
    """From reset to the first step; the delay unit takes all that comes."""
    ctx.set(control.axons_used, CONFIG.axons - 1)
    ctx.set(control.arrivals.ready, 1)
    ctx.set(control.good, 1)
    await ctx.tick()
    ctx.set(control.good, 0)
    await ctx.tick().until(control.armed)


async def offer(ctx: Any, control: Controller, kind: int, axon: int = 0, cycles: int = 200) -> int:
    """Offer a token until it is taken; how many cycles that took."""
    ctx.set(control.events.payload, {"kind": kind, "axon": axon})
    ctx.set(control.events.valid, 1)
    for waited in range(cycles):
        taken = ctx.get(control.events.ready)
        await ctx.tick()
        if taken:
            ctx.set(control.events.valid, 0)
            return waited
    raise AssertionError(f"token {kind} is not taken in {cycles} cycles")


def play(bench: Callable[[Any, Controller], Coroutine[Any, Any, None]]) -> list[tuple[int, int]]:
    """Run a bench; the (eos, source) that went to the delay unit."""
    control, seen = Controller(CONFIG), list[tuple[int, int]]()

    async def main(ctx: Any) -> None:
        await arm(ctx, control)
        await bench(ctx, control)

    async def watch(ctx: Any) -> None:
        arrivals = control.arrivals
        async for _, _, valid, ready, payload in ctx.tick().sample(arrivals.valid, arrivals.ready, arrivals.payload):
            if valid and ready:
                seen.append((payload.eos, payload.source))

    simulate(control, main, background=[watch])
    return seen


async def update(ctx: Any, control: Controller, fired: list[int]) -> None:
    """The words of the step are done; these neurons fire, and EOS leaves."""
    ctx.set(control.synapse_phase.done, 1)
    await ctx.tick().until(~control.neuron_phase.start)
    for neuron in fired:
        ctx.set(control.fired.payload, neuron)
        ctx.set(control.fired.valid, 1)
        await ctx.tick()
    ctx.set(control.fired.valid, 0)
    ctx.set(control.neuron_phase.done, 1)
    await ctx.tick()
    ctx.set(control.neuron_phase.done, 0)


async def resume(ctx: Any, control: Controller) -> None:
    """The next step's first token has come."""
    ctx.set(control.synapse_phase.done, 0)


def test_spikes_of_a_step_go_before_the_tokens_of_the_next() -> None:
    async def bench(ctx: Any, control: Controller) -> None:
        await offer(ctx, control, Kind.EVENT, 2)
        await offer(ctx, control, Kind.EVENT, 0)
        await offer(ctx, control, Kind.EOS)
        await update(ctx, control, [0, 2])
        await offer(ctx, control, Kind.EVENT, 1)
        await resume(ctx, control)
        await offer(ctx, control, Kind.EOS)
        assert ctx.get(control.neuron_phase.step) == 1

    spikes = [(0, CONFIG.axons), (0, CONFIG.axons + 2)]
    assert play(bench) == [(0, 2), (0, 0), (1, 0), *spikes, (0, 1), (1, 0)]


def test_unknown_axons_and_tokens_of_no_kind_are_taken_and_go_nowhere() -> None:
    flagged = []

    async def bench(ctx: Any, control: Controller) -> None:
        ctx.set(control.arrivals.ready, 0)
        for kind, axon in ((Kind.EVENT, CONFIG.axons - 1), (3, 0), (Kind.EVENT, 999)):
            ctx.set(control.events.payload, {"kind": kind, "axon": axon})
            ctx.set(control.events.valid, 1)
            flagged.append((ctx.get(control.events.ready), ctx.get(control.unknown), ctx.get(control.bad_token)))
            await ctx.tick()

    assert play(bench) == []
    assert flagged == [(1, 1, 0), (1, 0, 1), (1, 1, 0)]


def test_no_token_of_the_next_step_is_taken_before_the_neurons_are_updated() -> None:
    async def bench(ctx: Any, control: Controller) -> None:
        await offer(ctx, control, Kind.EOS)
        for kind in Kind:
            ctx.set(control.events.payload, {"kind": kind, "axon": 0})
            ctx.set(control.events.valid, 1)
            for _ in range(5):
                assert not ctx.get(control.events.ready)
                await ctx.tick()

    assert play(bench) == [(1, 0)]


def test_the_end_of_a_sample() -> None:
    """A flush, each address once in order, then END, as soon as the neurons are read out."""
    flushes, addresses, waits = [], [], []

    async def bench(ctx: Any, control: Controller) -> None:
        await offer(ctx, control, Kind.END)
        ctx.set(control.neuron_phase.reading, 1)
        for _ in range(FLUSH + SWEEP + 12):
            flushes.append(ctx.get(control.flush))
            assert ctx.get(control.hold)
            if ctx.get(control.clear.en):
                addresses.append(ctx.get(control.clear.address))
            assert not ctx.get(control.neuron_phase.end)
            await ctx.tick()
        ctx.set(control.neuron_phase.reading, 0)
        await ctx.tick()
        for _ in range(4):
            waits.append((ctx.get(control.neuron_phase.end), ctx.get(control.in_sample)))
            await ctx.tick()
        ctx.set(control.neuron_phase.ended, 1)
        await ctx.tick()
        assert not ctx.get(control.neuron_phase.end)
        assert not ctx.get(control.in_sample)
        assert not ctx.get(control.hold)
        assert ctx.get(control.armed)

    assert play(bench) == []
    assert flushes == [1] * FLUSH + [0] * (SWEEP + 12)
    assert addresses == list(range(SWEEP))
    assert waits == [(1, 1)] * 4


def test_an_image_disarms_at_once_and_is_made_ready_in_silence() -> None:
    async def bench(ctx: Any, control: Controller) -> None:
        await offer(ctx, control, Kind.EVENT, 1)
        ctx.set(control.disarm, 1)
        await ctx.tick()
        ctx.set(control.disarm, 0)
        ctx.set(control.events.valid, 1)
        for _ in range(5):
            assert (ctx.get(control.armed), ctx.get(control.events.ready), ctx.get(control.flush)) == (0, 0, 1)
            await ctx.tick()
        ctx.set(control.events.valid, 0)
        ctx.set(control.good, 1)
        await ctx.tick()
        ctx.set(control.good, 0)
        cycles = 0
        while not ctx.get(control.armed):
            assert not ctx.get(control.neuron_phase.end)
            assert cycles > SWEEP or ctx.get(control.neuron_phase.quiet)
            await ctx.tick()
            cycles += 1
        assert cycles == SWEEP + 3

    assert play(bench) == [(0, 1)]
