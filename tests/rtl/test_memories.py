# SPDX-License-Identifier: Apache-2.0
"""Memories whose ports never meet: they say so, and give the old word if they do meet."""

from typing import Any

from amaranth.hdl import Module

from rtl.memories import APART, apart_memory
from tests.rtl.simulate import simulate


def test_it_says_so() -> None:
    memory = apart_memory(4, 8, {"ram_style": "registers"})
    assert memory.attrs == {"ram_style": "registers", APART: 1}
    memory._MustUse__silence = True


def test_a_read_of_what_is_written_gives_the_old_word() -> None:
    m = Module()
    m.submodules.memory = memory = apart_memory(8, 4)
    write, read = memory.write_port(), memory.read_port()

    async def bench(ctx: Any) -> None:
        ctx.set(read.en, 1)
        ctx.set(write.en, 1)
        ctx.set(write.data, 9)
        await ctx.tick()
        assert ctx.get(read.data) == 0
        await ctx.tick()
        assert ctx.get(read.data) == 9

    simulate(m, bench)
