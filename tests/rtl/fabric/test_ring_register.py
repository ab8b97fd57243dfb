# SPDX-License-Identifier: Apache-2.0
"""A register of the ring: what goes further passes first, the node's own token waits, what has no hops left ends."""

from typing import Any

from rtl.fabric.ring_register import RingRegister
from tests.rtl.fabric.builds import CONFIG
from tests.rtl.simulate import simulate


def token(hops: int, neuron: int) -> dict[str, int]:
    return {"eos": 0, "hops": hops, "core": 1, "neuron": neuron}


def test_passes_before_own() -> None:
    register, seen = RingRegister(CONFIG), list[tuple[int, ...]]()
    ring = [(1, token(2, 3)), (1, token(0, 4)), (0, token(3, 5)), (1, token(1, 2)), (0, token(0, 0))]

    async def bench(ctx: Any) -> None:
        ctx.set(register.own.valid, 1)
        ctx.set(register.own.payload, token(3, 1))
        for valid, payload in ring:
            ctx.set(register.before.valid, valid)
            ctx.set(register.before.payload, payload)
            ready = ctx.get(register.own.ready)
            await ctx.tick()
            after = ctx.get(register.after.payload)
            seen.append((ready, ctx.get(register.after.valid), after["hops"], after["neuron"]))
        ctx.set(register.own.valid, 0)
        await ctx.tick()
        assert not ctx.get(register.after.valid)

    simulate(register, bench)
    assert seen == [(0, 1, 1, 3), (1, 1, 3, 1), (1, 1, 3, 1), (0, 1, 0, 2), (1, 1, 3, 1)]
