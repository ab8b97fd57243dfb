# SPDX-License-Identifier: Apache-2.0
"""The route writer: route tokens become the tables of a core."""

from typing import Any

import pytest

from rtl.fabric.layouts import ChainKind
from rtl.fabric.tables import RouteWriter
from tests.rtl.fabric.builds import CONFIG
from tests.rtl.simulate import fields, simulate

SPANS = [(0, 3, 2), (2, 0, 0), (2, 5, 1)]
"""Base, first and count of each core in use, of which there are fewer than nodes; then those of the host."""
HOST = (3, 1, 4)
ENTRIES = [4, 0, 2, 1, 0, 3, 2]
HOPS = [0, 3, 1, 2]


def tokens() -> list[tuple[ChainKind, int]]:
    """The routes of a core as the bundle has them."""
    sets = [(ChainKind.SENDERS, 0b1011), *[(ChainKind.SENDERS, 0)] * 7, (ChainKind.LISTENERS, 0b0110),
            *[(ChainKind.LISTENERS, 0)] * 7, (ChainKind.EOS_HOPS, 3)]  # fmt: skip
    spans = [
        (kind, value)
        for span in SPANS
        for kind, value in zip((ChainKind.SPAN_BASE, ChainKind.SPAN_FIRST, ChainKind.SPAN_COUNT), span, strict=True)
    ]
    host = zip((ChainKind.SPAN_BASE, ChainKind.SPAN_FIRST, ChainKind.HOST_COUNT), HOST, strict=True)
    return [*sets, *spans, *host, *((ChainKind.ENTRY, each) for each in ENTRIES),
            *((ChainKind.HOPS, each) for each in HOPS)]  # fmt: skip


@pytest.mark.parametrize("gap", [0, 2])
def test_tables_are_written_as_tokens_come(gap: int) -> None:
    writer = RouteWriter(CONFIG)
    spans, entries, hops = dict[int, tuple[int, ...]](), dict[int, int](), dict[int, int]()

    async def bench(ctx: Any) -> None:
        for kind, data in tokens():
            ctx.set(writer.tokens.valid, 1)
            ctx.set(writer.tokens.payload, {"kind": kind, "core": 0, "data": data, "last": 0})
            _, _, *seen = await ctx.tick().sample(
                writer.span_write.en, writer.span_write.addr, writer.span_write.data, writer.entry_write.en,
                writer.entry_write.addr, writer.entry_write.data, writer.hops_write.en, writer.hops_write.addr,
                writer.hops_write.data,
            )  # fmt: skip
            assert seen[0] + seen[3] + seen[6] <= 1
            if seen[0]:
                spans[seen[1]] = tuple(fields(seen[2]).values())
            if seen[3]:
                entries[seen[4]] = seen[5]
            if seen[6]:
                hops[seen[7]] = seen[8]
            ctx.set(writer.tokens.valid, 0)
            for _ in range(gap):
                assert (
                    not ctx.get(writer.span_write.en) | ctx.get(writer.entry_write.en) | ctx.get(writer.hops_write.en)
                )
                await ctx.tick()
        assert (ctx.get(writer.senders), ctx.get(writer.listeners)) == (0b1011, 0b0110)
        assert ctx.get(writer.eos_hops) == 3

    simulate(writer, bench)
    assert spans == {**dict(enumerate(SPANS)), CONFIG.nodes: HOST}
    assert entries == dict(enumerate(ENTRIES))
    assert hops == dict(enumerate(HOPS))
