# SPDX-License-Identifier: Apache-2.0
"""A link of the chain: node and next link get each token in the same cycle, in order, or neither does."""

from typing import Any

import numpy as np
import pytest

from rtl.fabric.chain import ChainLink
from rtl.fabric.layouts import ChainKind
from tests.rtl.fabric.builds import CONFIG
from tests.rtl.simulate import fields, sends, simulate

TOKENS = [{"kind": ChainKind.ENTRY, "core": n % 4, "data": n, "last": n % 2} for n in range(60)]


@pytest.mark.parametrize(("last", "idle"), [(False, 0.0), (False, 0.4), (True, 0.4)])
def test_both_take_each_token_in_one_cycle(last: bool, idle: float) -> None:
    link, rng = ChainLink(CONFIG, last=last), np.random.default_rng(5)
    taken: list[tuple[int, dict[str, int]]] = []

    async def take(ctx: Any) -> None:
        cycle = 0
        while len(taken) < len(TOKENS):
            for port in (link.node, link.after):
                ctx.set(port.ready, int(rng.random() >= idle))
            _, _, *seen = await ctx.tick().sample(
                link.node.valid, link.node.ready, link.node.payload, link.after.valid, link.after.ready,
                link.after.payload,
            )  # fmt: skip
            node, after = seen[0] and seen[1], seen[3] and seen[4]
            if last:
                assert node <= seen[0]
            else:
                assert node == after
            if node:
                assert last or fields(seen[2]) == fields(seen[5])
                taken.append((cycle, fields(seen[2])))
            cycle += 1

    simulate(link, sends(link.before, TOKENS), take)
    assert [token for _, token in taken] == TOKENS
    if not idle:
        assert [cycle for cycle, _ in taken] == [*range(1, 61)], "one a cycle, a cycle later"


def test_the_last_link_waits_for_nobody_behind_it() -> None:
    link = ChainLink(CONFIG, last=True)

    async def bench(ctx: Any) -> None:
        ctx.set(link.before.valid, 1)
        await ctx.tick().repeat(2)
        assert ctx.get(link.node.valid), "without a ready of after"

    simulate(link, bench)


def test_two_tokens_wait() -> None:
    """No wire of ready goes through: a link that nobody empties takes two tokens, and no third."""
    link = ChainLink(CONFIG, last=False)

    async def bench(ctx: Any) -> None:
        ctx.set(link.before.valid, 1)
        ctx.set(link.node.ready, 1)
        for _ in range(2):
            assert ctx.get(link.before.ready)
            await ctx.tick()
        assert not ctx.get(link.before.ready)
        assert not ctx.get(link.node.valid), "the next link does not take it"

    simulate(link, bench)
