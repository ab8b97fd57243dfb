# SPDX-License-Identifier: Apache-2.0
"""A fabric behind AXI: its registers, its streams, and a reset that leaves the output alone.

Whole samples: tests/flow/integration/test_axi.py and tests/flow/host.
"""

from typing import Any

import pytest

from model.fabric.status import FabricStatus
from rtl.fabric.host_port import FabricFlag
from rtl.fabric.layouts import HostKind, out_layout
from rtl.host.axi_fabric import AxiFabric, spike_bits
from rtl.host.axi_lite import OKAY, SLVERR
from rtl.host.registers import NODES, STRIDE, BusFlag, Control, address_of, parameters
from tests.model.fabric.cases import case
from tests.rtl.simulate import simulate

CONFIG = case(7, cores=2, nodes=2, neurons=4, axons=3).bundle.config(["ring"])


async def read(ctx: Any, bus: AxiFabric, address: int) -> tuple[int, int]:
    ctx.set(bus.s_axi_araddr, address)
    ctx.set(bus.s_axi_arvalid, 1)
    ctx.set(bus.s_axi_rready, 1)
    await ctx.tick().until(bus.s_axi_arready)
    ctx.set(bus.s_axi_arvalid, 0)
    data, response = await ctx.tick().sample(bus.s_axi_rdata, bus.s_axi_rresp).until(bus.s_axi_rvalid)
    return data, response


async def write(ctx: Any, bus: AxiFabric, address: int, data: int, *, strobes: int = 15) -> int:
    ctx.set(bus.s_axi_awaddr, address)
    ctx.set(bus.s_axi_wdata, data)
    ctx.set(bus.s_axi_wstrb, strobes)
    ctx.set(bus.s_axi_awvalid, 1)
    ctx.set(bus.s_axi_wvalid, 1)
    ctx.set(bus.s_axi_bready, 1)
    await ctx.tick()
    ctx.set(bus.s_axi_awvalid, 0)
    ctx.set(bus.s_axi_wvalid, 0)
    (response,) = await ctx.tick().sample(bus.s_axi_bresp).until(bus.s_axi_bvalid)
    return int(response)


async def event(ctx: Any, bus: AxiFabric, kind: HostKind, axon: int = 0) -> None:
    ctx.set(bus.s_axis_events_tdata, kind << 16 | axon)
    ctx.set(bus.s_axis_events_tvalid, 1)
    await ctx.tick().until(bus.s_axis_events_tready)
    ctx.set(bus.s_axis_events_tvalid, 0)


def test_registers() -> None:
    """What is constant in a build, what only the bus knows, and addresses that are none."""
    bus = AxiFabric(CONFIG)

    async def bench(ctx: Any) -> None:
        for name, value in parameters(CONFIG).items():
            assert await read(ctx, bus, address_of(name)) == (value, OKAY), name
        assert await read(ctx, bus, address_of("status")) == (FabricStatus.EMPTY, OKAY)
        assert await read(ctx, bus, address_of("cycles", 1)) == (0, OKAY)
        assert await read(ctx, bus, NODES + CONFIG.nodes * STRIDE) == (0, SLVERR), "no such node"
        assert await read(ctx, bus, NODES - 4) == (0, SLVERR)
        assert await read(ctx, bus, NODES + STRIDE - 4) == (0, SLVERR)
        assert await write(ctx, bus, address_of("control"), 0) == OKAY
        assert await write(ctx, bus, address_of("status"), 1) == SLVERR

    simulate(bus, bench)


def test_events_before_a_bundle_and_a_reset() -> None:
    """The flags of fabric and bus are raised, and a reset of the fabric clears both; without its strobe it is none."""
    bus = AxiFabric(CONFIG)

    async def flags(ctx: Any) -> tuple[int, int]:
        (fabric, _), (own, _) = await read(ctx, bus, address_of("flags")), await read(ctx, bus, address_of("bus_flags"))
        return fabric, own

    async def bench(ctx: Any) -> None:
        assert await flags(ctx) == (0, 0)
        await event(ctx, bus, HostKind.EOS)
        await event(ctx, bus, HostKind.BUNDLE)
        assert await flags(ctx) == (1 << FabricFlag.NOT_ARMED, 1 << BusFlag.BAD_TOKEN)
        assert await read(ctx, bus, address_of("dropped_tokens")) == (1, OKAY)
        await write(ctx, bus, address_of("control"), 1 << Control.RESET, strobes=14)
        assert await flags(ctx) == (1 << FabricFlag.NOT_ARMED, 1 << BusFlag.BAD_TOKEN)
        await write(ctx, bus, address_of("control"), 1 << Control.RESET)
        assert await flags(ctx) == (0, 0)
        assert await read(ctx, bus, address_of("control")) == (0, OKAY)

    simulate(bus, bench)


def test_no_event_between_the_bytes_of_a_bundle() -> None:
    bus = AxiFabric(CONFIG)

    async def byte(ctx: Any, data: int, *, last: int) -> None:
        ctx.set(bus.s_axis_image_tdata, data)
        ctx.set(bus.s_axis_image_tlast, last)
        ctx.set(bus.s_axis_image_tvalid, 1)
        await ctx.tick().until(bus.s_axis_image_tready)
        ctx.set(bus.s_axis_image_tvalid, 0)

    async def bench(ctx: Any) -> None:
        await byte(ctx, ord("C"), last=0)
        ctx.set(bus.s_axis_events_tdata, HostKind.EOS << 16)
        ctx.set(bus.s_axis_events_tvalid, 1)
        for _ in range(5):
            assert not ctx.get(bus.s_axis_events_tready)
            await ctx.tick()
        assert await read(ctx, bus, address_of("status")) == (FabricStatus.LOADING, OKAY)
        await byte(ctx, ord("X"), last=1)
        await ctx.tick().until(bus.s_axis_events_tready)
        ctx.set(bus.s_axis_events_tvalid, 0)
        assert await read(ctx, bus, address_of("status")) == (FabricStatus.TRUNCATED, OKAY)
        assert await read(ctx, bus, address_of("dropped_tokens")) == (1, OKAY)

    simulate(bus, bench)


@pytest.mark.parametrize("nodes", [1, 2, 3])
def test_the_output_is_as_wide_as_a_power_of_two_of_bytes(nodes: int) -> None:
    config = case(7, cores=1, nodes=nodes).bundle.config(["ring"])
    bits = spike_bits(config)
    assert bits >= out_layout(config).size > bits // 2
    assert bits % 8 == 0
    assert bits & (bits - 1) == 0
