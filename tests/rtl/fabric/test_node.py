# SPDX-License-Identifier: Apache-2.0
"""A node: who may use its register of the ring, and which tokens of the chain it takes."""

from typing import Any

import pytest

from rtl.fabric.layouts import ChainKind
from rtl.fabric.node import Node
from tests.rtl.fabric.builds import CONFIG, NUMBER
from tests.rtl.simulate import fields, simulate


def token(kind: ChainKind, core: int = 0, data: int = 0) -> dict[str, int]:
    return {"kind": kind, "core": core, "data": data, "last": 0}


def test_a_token_that_goes_further_is_passed_on_a_cycle_later() -> None:
    node = Node(CONFIG, NUMBER)

    async def bench(ctx: Any) -> None:
        ctx.set(node.ring_in.valid, 1)
        for hops in (3, 0, 1):
            ctx.set(node.ring_in.payload, {"eos": 0, "hops": hops, "core": 1, "neuron": 5})
            await ctx.tick()
            assert ctx.get(node.ring_out.valid) == (hops > 0), "it has arrived with no hops left"
            if hops:
                expected = {"eos": 0, "hops": hops - 1, "core": 1, "neuron": 5}
                assert fields(ctx.get(node.ring_out.payload)) == expected
        ctx.set(node.ring_in.valid, 0)
        await ctx.tick()
        assert not ctx.get(node.ring_out.valid)
        assert ctx.get(node.state.ring_tokens) == 2

    simulate(node, bench)


@pytest.mark.parametrize("kind", [ChainKind.EVENT, ChainKind.EOS, ChainKind.END])
def test_a_node_that_is_not_in_use_takes_and_forgets(kind: ChainKind) -> None:
    """It has no image of this bundle, so it must hold up nobody, and send nothing."""
    node = Node(CONFIG, NUMBER)

    async def bench(ctx: Any) -> None:
        ctx.set(node.run, 1)
        ctx.set(node.tokens.payload, token(kind))
        ctx.set(node.tokens.valid, 1)
        for _ in range(3 * CONFIG.input_depth + 4):
            assert ctx.get(node.tokens.ready)
            assert not ctx.get(node.ring_out.valid)
            assert not ctx.get(node.out.valid)
            await ctx.tick()

    simulate(node, bench)


def test_tokens_of_the_host_wait_in_the_queue_and_yield_to_the_ring() -> None:
    """A node in use, whose fabric does not run yet: it holds ``input_depth`` tokens."""
    node = Node(CONFIG, NUMBER)

    async def bench(ctx: Any) -> None:
        ctx.set(node.tokens.valid, 1)
        ctx.set(node.tokens.payload, token(ChainKind.IMAGE, NUMBER))
        await ctx.tick()
        ctx.set(node.tokens.payload, token(ChainKind.EOS))
        ctx.set(node.ring_in.valid, 1)
        assert not ctx.get(node.tokens.ready), "the route table answers the ring"
        await ctx.tick()
        ctx.set(node.ring_in.valid, 0)
        for _ in range(CONFIG.input_depth):
            assert ctx.get(node.tokens.ready)
            await ctx.tick()
        for _ in range(6):
            assert not ctx.get(node.tokens.ready), "no room"
            await ctx.tick()

    simulate(node, bench)


def test_what_is_for_others_passes() -> None:
    """Images and routes of another core are no business of this one; its own image waits for its core."""
    node = Node(CONFIG, NUMBER)

    async def bench(ctx: Any) -> None:
        ctx.set(node.tokens.valid, 1)
        for kind in (ChainKind.IMAGE, ChainKind.SENDERS, ChainKind.ENTRY):
            ctx.set(node.tokens.payload, token(kind, NUMBER + 1, 255))
            assert ctx.get(node.tokens.ready)
            await ctx.tick()
        before = ctx.get(node.state.status)
        for byte in b"no image":
            ctx.set(node.tokens.payload, token(ChainKind.IMAGE, NUMBER, byte))
            await ctx.tick().until(node.tokens.ready)
        for _ in range(3):
            await ctx.tick()
        assert ctx.get(node.state.status) != before, "its own is"

    simulate(node, bench)
