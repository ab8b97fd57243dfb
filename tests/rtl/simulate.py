# SPDX-License-Identifier: Apache-2.0
"""One component on Amaranth's own simulator: for blocks so small that no build is worth it."""

from collections.abc import Callable, Coroutine, Sequence
from typing import Any

import numpy as np
from amaranth.lib.data import Const
from amaranth.sim import Simulator

TestBench = Callable[[Any], Coroutine[Any, Any, None]]


def simulate(component: Any, *benches: TestBench, background: Sequence[TestBench] = ()) -> None:
    """Run test benches side by side, with a clock, until all have ended; those in the background need not end."""
    simulator = Simulator(component)
    simulator.add_clock(1e-6)
    for bench in background:
        simulator.add_testbench(bench, background=True)
    for bench in benches:
        simulator.add_testbench(bench)
    simulator.run()


def fields(payload: Const) -> dict[str, int]:
    """The fields of a payload, as numbers."""
    return {name: int(payload[name]) for name, _ in payload.shape()}


def sends(port: Any, tokens: Sequence[Any], *, idle: float = 0.0, seed: int = 1) -> TestBench:
    """Offers tokens to a stream in their order; before each it waits with this probability, a cycle at a time."""

    async def bench(ctx: Any) -> None:
        rng = np.random.default_rng(seed)
        for token in tokens:
            while rng.random() < idle:
                await ctx.tick()
            ctx.set(port.payload, token)
            ctx.set(port.valid, 1)
            await ctx.tick().until(port.ready)
            ctx.set(port.valid, 0)

    return bench


def takes(port: Any, seen: list[dict[str, int]], count: int, *, idle: float = 0.0, seed: int = 2) -> TestBench:
    """Takes ``count`` tokens of a stream; in a cycle it does not with this probability."""

    async def bench(ctx: Any) -> None:
        rng = np.random.default_rng(seed)
        while len(seen) < count:
            ctx.set(port.ready, int(rng.random() >= idle))
            _, _, valid, ready, payload = await ctx.tick().sample(port.valid, port.ready, port.payload)
            if valid and ready:
                seen.append(fields(payload))
        ctx.set(port.ready, 0)

    return bench
