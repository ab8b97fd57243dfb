# SPDX-License-Identifier: Apache-2.0
"""AXI4-Lite: every order of address and data, answers that are held, and errors that show no data."""

from functools import partial
from typing import Any

import pytest

from rtl.host.axi_lite import OKAY, SLVERR, AxiLite
from tests.rtl.simulate import simulate

BITS = 8


async def read(ctx: Any, lite: AxiLite, address: int, *, hold: int = 0) -> tuple[int, int]:
    """Data and response, taken ``hold`` cycles after they are offered."""
    ctx.set(lite.araddr, address)
    ctx.set(lite.arvalid, 1)
    await ctx.tick().until(lite.arready)
    ctx.set(lite.arvalid, 0)
    assert ctx.get(lite.read_address) == address >> 2
    for _ in range(lite.LATENCY):
        assert not ctx.get(lite.rvalid)
        await ctx.tick()
    answer = ctx.get(lite.rdata), ctx.get(lite.rresp)
    for _ in range(hold):
        assert ctx.get(lite.rvalid)
        assert not ctx.get(lite.arready), "one read at a time"
        assert (ctx.get(lite.rdata), ctx.get(lite.rresp)) == answer
        await ctx.tick()
    ctx.set(lite.rready, 1)
    assert ctx.get(lite.rvalid)
    await ctx.tick()
    ctx.set(lite.rready, 0)
    assert not ctx.get(lite.rvalid)
    return answer


async def registers(ctx: Any, lite: AxiLite) -> None:
    """Word a reads a * 7; from word 32 on there is none."""
    async for _, _, address in ctx.tick().sample(lite.read_address):
        ctx.set(lite.read_data, address * 7)
        ctx.set(lite.read_error, int(address >= 32))


@pytest.mark.parametrize("hold", [0, 4])
def test_reads(hold: int) -> None:
    lite = AxiLite(BITS)

    async def bench(ctx: Any) -> None:
        assert await read(ctx, lite, 12, hold=hold) == (3 * 7, OKAY)
        assert await read(ctx, lite, 15, hold=hold) == (3 * 7, OKAY), "the lowest bits are ignored"
        assert await read(ctx, lite, 128, hold=hold) == (0, SLVERR)
        assert await read(ctx, lite, 0, hold=hold) == (0, OKAY)

    simulate(lite, bench, background=[partial(registers, lite=lite)])


@pytest.mark.parametrize(("address_at", "data_at"), [(0, 0), (0, 3), (3, 0)])
@pytest.mark.parametrize(("error", "response"), [(0, OKAY), (1, SLVERR)])
def test_a_write_in_any_order(address_at: int, data_at: int, error: int, response: int) -> None:
    """One strobe, when both have come; the response stays until it is taken, and nothing is taken before."""
    lite, writes = AxiLite(BITS), list[tuple[int, int, int]]()

    async def watch(ctx: Any) -> None:
        while True:
            _, _, write, *values = await ctx.tick().sample(
                lite.write, lite.write_address, lite.write_data, lite.write_strobes
            )
            if write:
                writes.append((values[0], values[1], values[2]))

    async def bench(ctx: Any) -> None:
        ctx.set(lite.write_error, error)
        for turn in (1, 2):
            for cycle in range(4):
                ctx.set(lite.awvalid, int(cycle == address_at))
                ctx.set(lite.awaddr, 4 * turn)
                ctx.set(lite.wvalid, int(cycle == data_at))
                ctx.set(lite.wdata, 1000 + turn)
                ctx.set(lite.wstrb, 5)
                assert cycle != address_at or ctx.get(lite.awready)
                assert cycle != data_at or ctx.get(lite.wready)
                await ctx.tick()
            ctx.set(lite.awvalid, 0)
            ctx.set(lite.wvalid, 0)
            await ctx.tick()
            for _ in range(3):
                assert ctx.get(lite.bvalid)
                assert ctx.get(lite.bresp) == response
                assert not ctx.get(lite.awready) | ctx.get(lite.wready), "one write at a time"
                await ctx.tick()
            ctx.set(lite.bready, 1)
            await ctx.tick()
            ctx.set(lite.bready, 0)
            assert not ctx.get(lite.bvalid)

    simulate(lite, bench, background=[watch])
    assert writes == [(1, 1001, 5), (2, 1002, 5)]
