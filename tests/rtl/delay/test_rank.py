# SPDX-License-Identifier: Apache-2.0
"""The number of a row, for every mask and level."""

from typing import Any

import pytest

from model.config import preset
from rtl.delay.rank import RowNumber
from tests.rtl.simulate import simulate

CONFIG = preset("tiny")


@pytest.mark.parametrize("stall", [False, True])
def test_rows_below_a_level_are_counted(stall: bool) -> None:
    number, seen = RowNumber(CONFIG), list[tuple[int, int, int]]()
    todo = [(mask, level) for mask in range(1 << CONFIG.delays) for level in range(CONFIG.delays)]

    async def send(ctx: Any) -> None:
        for mask, level in todo:
            event, entry = {"source": level, "level": level}, {"mask": mask, "base": 5}
            ctx.set(number.due.payload, {"eos": 0, "event": event, "entry": entry})
            ctx.set(number.due.valid, 1)
            await ctx.tick().until(number.due.ready)
        ctx.set(number.due.valid, 0)
        await ctx.tick().repeat(20)

    async def take(ctx: Any) -> None:
        cycle = 0
        while True:
            ctx.set(number.rows.ready, int(not stall or cycle % 3 == 0))
            _, _, valid, ready, row = await ctx.tick().sample(number.rows.valid, number.rows.ready, number.rows.payload)
            if valid and ready:
                seen.append((row.source, row.level, row.row))
            cycle += 1

    simulate(number, send, background=[take])
    assert seen == [(level, level, 5 + (mask & ((1 << level) - 1)).bit_count()) for mask, level in todo]
