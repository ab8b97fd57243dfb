# SPDX-License-Identifier: Apache-2.0
"""The check of repeats: an axon may fire once in each step, and again in the next."""

from typing import Any

import pytest
from amaranth.hdl import ResetInserter, Signal

from model.config import preset
from rtl.core.repeats import RepeatCheck
from tests.rtl.simulate import simulate


def play(steps: list[list[int]]) -> None:
    """Accept these axons in each step."""
    check = RepeatCheck(preset("odd"))

    async def bench(ctx: Any) -> None:
        for step, axons in enumerate(steps):
            ctx.set(check.step, step)
            for axon in axons:
                ctx.set(check.accepted, 1)
                ctx.set(check.axon, axon)
                await ctx.tick()
            ctx.set(check.accepted, 0)
            ctx.set(check.ends, 1)
            await ctx.tick()
            ctx.set(check.ends, 0)

    simulate(check, bench)


def test_once_in_each_step() -> None:
    play([[0, 3, 10], [3, 10, 0], [], [10]])


def test_twice_in_a_step() -> None:
    with pytest.raises(AssertionError, match="core: axon 3 fires twice in step 1"):
        play([[0, 3], [3, 10, 3]])


def test_a_reset_begins_a_step() -> None:
    """A bundle that takes the place of another resets a core but not its memories; what fired before does not count."""
    reset = Signal()
    check = RepeatCheck(preset("odd"))

    async def bench(ctx: Any) -> None:
        for _ in range(3):
            await ctx.tick()
            ctx.set(check.axon, 3)
            ctx.set(check.accepted, 1)
            await ctx.tick()
            ctx.set(check.accepted, 0)
            ctx.set(reset, 1)
            await ctx.tick()
            ctx.set(reset, 0)

    simulate(ResetInserter(reset)(check), bench)
