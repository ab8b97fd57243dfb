# SPDX-License-Identifier: Apache-2.0
"""The pruning filter, for every mask and level: what leaves, and what stays."""

from typing import Any

import pytest

from model.config import preset
from rtl.delay.pruning import PruningFilter
from tests.rtl.simulate import simulate

CONFIG = preset("tiny")


@pytest.mark.parametrize("stall", [False, True])
def test_a_level_of_the_mask_leaves_and_a_higher_one_keeps(stall: bool) -> None:
    pruning, rows, kept = PruningFilter(CONFIG), list[tuple[int, int]](), list[tuple[int, int]]()
    todo = [(mask, level) for mask in range(1 << CONFIG.delays) for level in range(CONFIG.delays)]

    async def send(ctx: Any) -> None:
        for number, (mask, level) in enumerate(todo):
            ctx.set(pruning.event, {"source": number % CONFIG.sources, "level": level})
            ctx.set(pruning.valid, 1)
            await ctx.tick().until(pruning.ready)
            ctx.set(pruning.mask, {"mask": mask, "base": 0})  # what was looked up
        ctx.set(pruning.valid, 0)
        await ctx.tick().repeat(40)

    async def take(ctx: Any) -> None:
        cycle = 0
        while True:
            ctx.set(pruning.rows.ready, int(not stall or cycle % 4 == 0))
            _, _, valid, ready, row, keep, judged = await ctx.tick().sample(
                pruning.rows.valid, pruning.rows.ready, pruning.rows.payload, pruning.keep, pruning.judged
            )
            if valid and ready:
                rows.append((row.source, row.level))
            if keep:
                kept.append((judged.source, judged.level))
            cycle += 1

    simulate(pruning, send, background=[take])
    events = [(number % CONFIG.sources, level, mask) for number, (mask, level) in enumerate(todo)]
    assert rows == [(source, level) for source, level, mask in events if mask >> level & 1]
    assert kept == [(source, level) for source, level, mask in events if mask >> (level + 1)]


def test_an_end_of_step_leaves_whatever_mask_is_there() -> None:
    pruning = PruningFilter(CONFIG)

    async def bench(ctx: Any) -> None:
        ctx.set(pruning.rows.ready, 1)
        ctx.set(pruning.valid, 1)
        ctx.set(pruning.eos, 1)
        await ctx.tick()
        ctx.set(pruning.valid, 0)
        ctx.set(pruning.mask, {"mask": 15, "base": 0})
        assert not ctx.get(pruning.keep)
        await ctx.tick().repeat(4)
        assert not ctx.get(pruning.rows.valid), "looked up (3), numbered (3)"
        await ctx.tick()
        assert ctx.get(pruning.rows.valid)
        assert ctx.get(pruning.rows.payload).eos

    simulate(pruning, bench)
