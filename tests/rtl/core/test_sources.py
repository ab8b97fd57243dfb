# SPDX-License-Identifier: Apache-2.0
"""The source table: an entry a cycle later, until the next look-up."""

from typing import Any

from model.config import preset
from rtl.core.sources import SourceTable
from tests.rtl.simulate import simulate


def test_a_look_up_shows_its_entry_until_the_next() -> None:
    config = preset("odd")
    table = SourceTable(config)
    entries = {source: {"mask": 3 * source % 128, "base": 7 * source % 120} for source in range(config.sources)}

    async def bench(ctx: Any) -> None:
        ctx.set(table.write.en, 1)
        for source, entry in entries.items():
            ctx.set(table.write.addr, source)
            ctx.set(table.write.data, entry)
            await ctx.tick()
        ctx.set(table.write.en, 0)
        for source in (0, 23, 11):
            ctx.set(table.lookup.en, 1)
            ctx.set(table.lookup.address, source)
            await ctx.tick()
            ctx.set(table.lookup.en, 0)
            ctx.set(table.lookup.address, 5)
            for _ in range(3):
                data = ctx.get(table.lookup.data)
                assert {"mask": data.mask, "base": data.base} == entries[source]
                await ctx.tick()

    simulate(table, bench)
