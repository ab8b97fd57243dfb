# SPDX-License-Identifier: Apache-2.0
"""The host port: when a fabric is armed, what becomes of tokens before and after, and what is counted."""

from typing import Any

import pytest

from model.fabric.status import FabricStatus
from model.image.image import Status
from rtl.fabric.host_port import FabricFlag, HostPort
from rtl.fabric.layouts import ChainKind, HostKind, OutKind
from tests.model.fabric.cases import case
from tests.rtl.simulate import fields, sends, simulate, takes

BUNDLE = case(7, cores=2, nodes=3).bundle
CONFIG = BUNDLE.config(["ring"])


def bytes_of(data: bytes) -> list[dict[str, int]]:
    return [{"kind": HostKind.BUNDLE, "data": byte, "last": int(at == len(data) - 1)} for at, byte in enumerate(data)]


def token(kind: HostKind, data: int = 0) -> dict[str, int]:
    return {"kind": kind, "data": data, "last": 0}


def out(kind: OutKind, core: int = 0) -> dict[str, int]:
    return {"kind": kind, "core": core, "neuron": 0, "potential": 0, "potential_sum": 0}


async def load(ctx: Any, port: HostPort, statuses: list[Status]) -> None:
    """Stream the bundle, then let the cores say what they make of their images."""
    ctx.set(port.tokens.ready, 1)
    ctx.set(port.statuses, [Status.LOADING] * 3)
    await sends(port.host, bytes_of(BUNDLE.to_bytes()))(ctx)
    for _ in range(4):
        await ctx.tick()
    assert ctx.get(port.status) == FabricStatus.LOADING, "cores are not ready"
    assert not ctx.get(port.armed)
    ctx.set(port.statuses, statuses)
    for _ in range(2):
        await ctx.tick()


ARMED = [Status.ARMED, Status.ARMED, Status.EMPTY]
"""Two cores in use, and one that is not: nobody waits for it."""


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        (ARMED, FabricStatus.ARMED),
        ([Status.ARMED, Status.LOADING, Status.EMPTY], FabricStatus.LOADING),
        ([Status.LOADING, Status.BAD_CRC, Status.EMPTY], FabricStatus.BAD_IMAGE),
    ],
)
def test_the_fabric_is_armed_when_all_cores_in_use_are(statuses: list[Status], expected: FabricStatus) -> None:
    port = HostPort(CONFIG)

    async def bench(ctx: Any) -> None:
        assert ctx.get(port.status) == FabricStatus.EMPTY
        await load(ctx, port, statuses)
        assert ctx.get(port.status) == expected
        assert ctx.get(port.armed) == (expected is FabricStatus.ARMED)

    simulate(port, bench)


def test_tokens_without_a_bundle_are_dropped_and_flagged() -> None:
    port = HostPort(CONFIG)

    async def bench(ctx: Any) -> None:
        await sends(port.host, [token(HostKind.EVENT, 1), token(HostKind.EOS)])(ctx)
        assert not ctx.get(port.tokens.valid)
        assert (ctx.get(port.dropped_tokens), ctx.get(port.flags)) == (2, 1 << FabricFlag.NOT_ARMED)
        await load(ctx, port, ARMED)
        assert (ctx.get(port.dropped_tokens), ctx.get(port.flags)) == (0, 0), "a bundle begins anew"

    simulate(port, bench)


def test_tokens_of_a_sample_and_an_axon_that_there_is_not() -> None:
    port, seen = HostPort(CONFIG), list[dict[str, int]]()
    sample = [token(HostKind.EVENT, 0), token(HostKind.EVENT, BUNDLE.axons), token(HostKind.EVENT, BUNDLE.axons - 1),
              token(HostKind.EOS), token(HostKind.END)]  # fmt: skip

    async def bench(ctx: Any) -> None:
        await load(ctx, port, ARMED)
        ctx.set(port.tokens.ready, 0)
        armed.append(True)
        await sends(port.host, sample)(ctx)
        assert (ctx.get(port.unknown_events), ctx.get(port.flags)) == (1, 1 << FabricFlag.UNKNOWN_AXON)

    async def take(ctx: Any) -> None:
        while not armed:
            await ctx.tick()
        await takes(port.tokens, seen, 4, idle=0.5)(ctx)

    armed: list[bool] = []
    simulate(port, bench, take)
    assert [(each["kind"], each["data"]) for each in seen] == [
        (ChainKind.EVENT, 0), (ChainKind.EVENT, BUNDLE.axons - 1), (ChainKind.EOS, 0), (ChainKind.END, 0),
    ]  # fmt: skip


def test_a_sample_ends_with_the_last_core() -> None:
    """Cycles from its first token to the last END, both included; a host that waits is counted."""
    port = HostPort(CONFIG)

    async def bench(ctx: Any) -> None:
        await load(ctx, port, ARMED)
        await sends(port.host, [token(HostKind.EOS)])(ctx)
        await sends(port.collected, [out(OutKind.EOS), out(OutKind.END, 0)])(ctx)
        ctx.set(port.out.ready, 1)
        for _ in range(2):
            await ctx.tick()
        assert ctx.get(port.samples) == 0, "one core is not done"
        assert ctx.get(port.stalls) == 1
        await sends(port.collected, [out(OutKind.END, 1)])(ctx)
        await ctx.tick()
        assert (ctx.get(port.samples), ctx.get(port.cycles)) == (1, 7)
        await ctx.tick()
        assert ctx.get(port.cycles) == 7, "no sample is under way"

    simulate(port, bench)


def test_what_is_offered_stays_when_a_bundle_begins() -> None:
    """And an END that is older than the bundle ends no sample of it."""
    port = HostPort(CONFIG)

    async def bench(ctx: Any) -> None:
        await load(ctx, port, ARMED)
        await sends(port.collected, [out(OutKind.END, 0), out(OutKind.END, 1)])(ctx)
        await sends(port.host, bytes_of(BUNDLE.to_bytes()[:1])[:1])(ctx)
        assert ctx.get(port.out.valid)
        assert fields(ctx.get(port.out.payload)) == out(OutKind.END, 0)
        ctx.set(port.out.ready, 1)
        for _ in range(4):
            await ctx.tick()
        assert not ctx.get(port.out.valid)
        assert ctx.get(port.samples) == 0

    simulate(port, bench)


def test_the_cores_are_cleared_with_the_first_byte() -> None:
    port, clears = HostPort(CONFIG), list[int]()

    async def bench(ctx: Any) -> None:
        for each in bytes_of(BUNDLE.to_bytes()[:9]):
            ctx.set(port.host.valid, 1)
            ctx.set(port.host.payload, each)
            clears.append(ctx.get(port.clear))
            await ctx.tick().until(port.host.ready)

    simulate(port, bench)
    assert clears == [1, *[0] * 8]
