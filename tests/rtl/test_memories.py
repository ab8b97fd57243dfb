# SPDX-License-Identifier: Apache-2.0
"""Memories whose ports never meet: they say so, and give the old word if they do meet."""

from typing import Any

import numpy as np
import pytest
from amaranth.hdl import Module, Signal

from rtl.memories import APART, Banked, ColumnMemory, DeepMemory, apart_memory
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


@pytest.mark.parametrize("depth", [17, 32, 40])
def test_banks_are_as_one_memory_with_a_register(depth: int) -> None:
    """Whatever is written and read, but for a read of the address that is being written, which nobody uses."""
    m, rng = Module(), np.random.default_rng(depth)
    m.submodules.one = one = apart_memory(8, depth)
    m.submodules.banks = banks = DeepMemory(8, depth, Banked(words=16))
    write, read, shown = one.write_port(), one.read_port(), Signal(8)
    m.d.sync += shown.eq(read.data)
    m.d.comb += [
        *(getattr(banks.write, name).eq(getattr(write, name)) for name in ("en", "addr", "data")),
        banks.en.eq(read.en),
        banks.addr.eq(read.addr),
    ]

    async def bench(ctx: Any) -> None:
        asked = [False, False]
        for cycle in range(600):
            if asked[0]:
                assert ctx.get(banks.data) == ctx.get(shown)
            into, out = rng.integers(depth), rng.integers(depth)
            ctx.set(write.en, int(rng.random() < 0.6 and into != out))
            ctx.set(write.addr, int(into))
            ctx.set(write.data, cycle % 256)
            reads = bool(rng.random() < 0.7)
            ctx.set(read.en, int(reads))
            ctx.set(read.addr, int(out))
            await ctx.tick()
            asked = [asked[1], reads]

    simulate(m, bench)


@pytest.mark.parametrize(("bits", "column"), [(15, 4), (8, 8), (3, 1)])
def test_columns_are_as_one_memory(bits: int, column: int) -> None:
    m, rng, depth = Module(), np.random.default_rng(bits), 21
    m.submodules.one = one = apart_memory(bits, depth)
    m.submodules.columns = columns = ColumnMemory(bits, depth, column)
    write, read = one.write_port(), one.read_port()
    m.d.comb += [
        *(getattr(columns.write, name).eq(getattr(write, name)) for name in ("en", "addr", "data")),
        columns.en.eq(read.en),
        columns.addr.eq(read.addr),
    ]

    async def bench(ctx: Any) -> None:
        seen = set()
        for _ in range(400):
            into, out = rng.integers(depth), rng.integers(depth)
            ctx.set(write.en, int(rng.random() < 0.6 and into != out))
            ctx.set(write.addr, int(into))
            ctx.set(write.data, int(rng.integers(1 << bits)))
            ctx.set(read.en, int(rng.random() < 0.7))
            ctx.set(read.addr, int(out))
            await ctx.tick()
            assert ctx.get(columns.data) == ctx.get(read.data)
            seen.add(ctx.get(read.data))
        assert len(seen) > 5

    simulate(m, bench)


def test_a_column_is_what_a_block_holds() -> None:
    platform = Banked(words=2048)
    assert [platform.column(depth) for depth in (512, 1024, 1025, 2049, 4096, 4097, 16384)] == [36, 18, 9, 4, 4, 2, 1]
