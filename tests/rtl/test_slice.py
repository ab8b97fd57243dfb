# SPDX-License-Identifier: Apache-2.0
"""The register slice: every token once, in order, one a cycle, a cycle later; no path from its sink to its source."""

from typing import Any

import numpy as np
import pytest

from rtl.slice import RegisterSlice
from tests.rtl.simulate import simulate


@pytest.mark.parametrize(("idle", "stall"), [(0.0, 0.0), (0.4, 0.0), (0.0, 0.4), (0.3, 0.6)])
def test_every_token_passes_once_and_in_order(idle: float, stall: float) -> None:
    between, rng = RegisterSlice(8), np.random.default_rng(1)
    sent, seen = list[tuple[int, int]](), list[tuple[int, int]]()

    async def bench(ctx: Any) -> None:
        waits, cycle = False, 0
        while len(seen) < 200:
            if not waits:
                ctx.set(between.tokens.valid, int(rng.random() >= idle))
                ctx.set(between.tokens.payload, len(sent) % 256)
            ready = ctx.get(between.tokens.ready)
            takes = int(rng.random() >= stall)
            ctx.set(between.passed.ready, takes)
            assert ctx.get(between.tokens.ready) == ready, "ready is a register"
            offered, passes = ctx.get(between.tokens.valid), ctx.get(between.passed.valid)
            if offered and ready:
                sent.append((cycle, len(sent) % 256))
            if passes and takes:
                seen.append((cycle, ctx.get(between.passed.payload)))
            waits = bool(offered and not ready)
            await ctx.tick()
            cycle += 1

    simulate(between, bench)
    assert [token for _, token in seen] == [token for _, token in sent[: len(seen)]]
    if not stall:
        assert [after - before for (before, _), (after, _) in zip(sent, seen, strict=False)] == [1] * len(seen)


def test_it_takes_two_that_cannot_leave() -> None:
    between = RegisterSlice(4)

    async def bench(ctx: Any) -> None:
        ctx.set(between.tokens.valid, 1)
        for token in (5, 6):
            assert ctx.get(between.tokens.ready)
            ctx.set(between.tokens.payload, token)
            await ctx.tick()
        assert not ctx.get(between.tokens.ready)
        ctx.set(between.tokens.valid, 0)
        ctx.set(between.passed.ready, 1)
        for token in (5, 6):
            assert (ctx.get(between.passed.valid), ctx.get(between.passed.payload)) == (1, token)
            await ctx.tick()
        assert not ctx.get(between.passed.valid)

    simulate(between, bench)
