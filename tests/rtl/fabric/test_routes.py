# SPDX-License-Identifier: Apache-2.0
"""The route table: the answer of every source, two cycles later, one a cycle."""

from typing import Any

import numpy as np

from model.fabric.routes import Routes, Span
from rtl.fabric.routes import RouteTable
from tests.rtl.fabric.builds import CONFIG
from tests.rtl.simulate import simulate

ROUTES = Routes(
    senders=frozenset({1, 3}), listeners=frozenset(), eos_hops=2, hops=np.zeros(6, int),
    spans=(Span(base=0, first=0, count=0), Span(base=0, first=2, count=3), Span(base=3, first=0, count=0),
           Span(base=3, first=5, count=1), Span(base=4, first=1, count=5)),
    entries=np.array([0, -1, 2, 1, 3, -1, 2, 0, 1]),
)  # fmt: skip
"""Spans that begin above 0, an empty one in the middle, sources in a span that the core does not hear."""


async def write(ctx: Any, table: RouteTable) -> None:
    ctx.set(table.span_write.en, 1)
    for sender, span in enumerate(ROUTES.spans):
        ctx.set(table.span_write.addr, sender)
        ctx.set(table.span_write.data, {"base": span.base, "first": span.first, "count": span.count})
        await ctx.tick()
    ctx.set(table.span_write.en, 0)
    ctx.set(table.entry_write.en, 1)
    for place, axon in enumerate(ROUTES.entries.tolist()):
        ctx.set(table.entry_write.addr, place)
        ctx.set(table.entry_write.data, axon + 1)
        await ctx.tick()
    ctx.set(table.entry_write.en, 0)


def test_every_source() -> None:
    table, answers = RouteTable(CONFIG), list[int]()
    asked = [(sender, source) for sender in range(CONFIG.nodes + 1) for source in (*range(8), 65535)]

    async def bench(ctx: Any) -> None:
        await write(ctx, table)
        ctx.set(table.query.valid, 1)
        for number in range(len(asked) + table.LATENCY):
            if number >= table.LATENCY:
                answers.append(ctx.get(table.answer))
            sender, source = asked[min(number, len(asked) - 1)]
            ctx.set(table.query.payload, {"sender": sender, "source": source})
            await ctx.tick()

    simulate(table, bench)
    assert answers == [ROUTES.axon(sender, source) + 1 for sender, source in asked]
    assert len(set(answers)) == 5, "silence and every axon"
