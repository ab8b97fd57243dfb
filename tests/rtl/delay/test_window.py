# SPDX-License-Identifier: Apache-2.0
"""The window filter, for every mask and window: which levels leave, in which order, and which events stay."""

from typing import Any

import pytest

from model.config import preset
from rtl.delay.window import WindowFilter, windows
from tests.rtl.simulate import simulate

CONFIG = preset("tiny", delays=6, rows=60, delay_unit="hybrid", unit_options={"slots": 4})
"""Six levels in windows of four, so that the last one is not full."""


@pytest.mark.parametrize("stall", [False, True])
def test_set_levels_of_the_window_leave_and_a_later_one_keeps(stall: bool) -> None:
    window, rows, kept = WindowFilter(CONFIG), list[tuple[int, int, int]](), list[tuple[int, int]]()
    todo = [(mask, number) for mask in range(1 << CONFIG.delays) for number in range(windows(CONFIG))]

    async def send(ctx: Any) -> None:
        for place, (mask, number) in enumerate(todo):
            ctx.set(window.event, {"source": place % CONFIG.sources, "window": number})
            ctx.set(window.valid, 1)
            await ctx.tick().until(window.ready)
            ctx.set(window.mask, {"mask": mask, "base": 3})  # what was looked up
        ctx.set(window.valid, 0)
        await ctx.tick().repeat(60)

    async def take(ctx: Any) -> None:
        cycle = 0
        while True:
            ctx.set(window.rows.ready, int(not stall or cycle % 4 == 0))
            _, _, valid, ready, row, keep, judged = await ctx.tick().sample(
                window.rows.valid, window.rows.ready, window.rows.payload, window.keep, window.judged
            )
            if valid and ready:
                rows.append((row.source, row.level, row.row))
            if keep:
                kept.append((judged.source, judged.window))
            cycle += 1

    simulate(window, send, background=[take])
    events = [(place % CONFIG.sources, number, mask) for place, (mask, number) in enumerate(todo)]
    slots = CONFIG.slots
    assert rows == [
        (source, level, 3 + (mask & ((1 << level) - 1)).bit_count())
        for source, number, mask in events
        for level in range(number * slots, min((number + 1) * slots, CONFIG.delays))
        if mask >> level & 1
    ]
    assert kept == [(source, number) for source, number, mask in events if mask >> (number + 1) * slots]


def test_an_end_of_step_leaves_whatever_mask_is_there_and_never_stays() -> None:
    window = WindowFilter(CONFIG)

    async def bench(ctx: Any) -> None:
        ctx.set(window.rows.ready, 1)
        ctx.set(window.valid, 1)
        ctx.set(window.eos, 1)
        await ctx.tick()
        ctx.set(window.valid, 0)
        ctx.set(window.mask, {"mask": 63, "base": 0})
        assert not ctx.get(window.keep)
        for _ in range(6):
            assert not ctx.get(window.rows.valid), "seven cycles from hand-over"
            await ctx.tick()
        assert ctx.get(window.rows.valid)
        assert ctx.get(window.rows.payload).eos
        await ctx.tick()
        assert not ctx.get(window.rows.valid), "only once"

    simulate(window, bench)


def test_an_event_without_a_level_in_its_window_never_waits() -> None:
    """Even while the list in front of it cannot leave."""
    window = WindowFilter(CONFIG)

    async def bench(ctx: Any) -> None:
        for mask in (0b1111, 0b110000, 0b110000, 0b110000):
            ctx.set(window.event, {"source": 1, "window": 0})
            ctx.set(window.valid, 1)
            assert ctx.get(window.ready)
            await ctx.tick()
            ctx.set(window.mask, {"mask": mask, "base": 0})

    simulate(window, bench)
