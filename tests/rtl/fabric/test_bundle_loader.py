# SPDX-License-Identifier: Apache-2.0
"""The loader of bundles: what it passes on of a right one, and the first fault of a wrong one, as the host sees it."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest

from model.fabric.bundle import Bundle
from model.fabric.records import BundleError
from model.fabric.status import FabricStatus
from rtl.fabric.bundle_loader import FIXED_ROUTES, SET_BYTES, BundleLoader
from rtl.fabric.layouts import ChainKind
from tests.model.fabric.cases import REFUSALS, damaged, fields, small
from tests.rtl.simulate import sends, simulate, takes

BUNDLE = small().bundle
CONFIG = BUNDLE.config(["ring"])


def expected(bundle: Bundle) -> Iterator[tuple[ChainKind, int, int]]:
    """Kind, core and data of what the cores get of a bundle."""
    for core, (routes, image) in enumerate(zip(bundle.routes, bundle.images, strict=True)):
        for kind, peers in ((ChainKind.SENDERS, routes.senders), (ChainKind.LISTENERS, routes.listeners)):
            bits = sum(1 << peer for peer in peers)
            yield from ((kind, core, bits >> 8 * byte & 255) for byte in range(SET_BYTES))
        yield ChainKind.EOS_HOPS, core, routes.eos_hops
        for span in routes.spans:
            last = ChainKind.HOST_COUNT if span is routes.spans[-1] else ChainKind.SPAN_COUNT
            kinds = (ChainKind.SPAN_BASE, ChainKind.SPAN_FIRST, last)
            yield from (
                (kind, core, data) for kind, data in zip(kinds, (span.base, span.first, span.count), strict=True)
            )
        yield from ((ChainKind.ENTRY, core, int(axon) + 1) for axon in routes.entries)
        yield from ((ChainKind.HOPS, core, int(hops)) for hops in routes.hops)
        yield from ((ChainKind.IMAGE, core, byte) for byte in image.to_bytes())


def stream(data: bytes) -> list[dict[str, int]]:
    return [{"data": byte, "last": int(at == len(data) - 1)} for at, byte in enumerate(data)]


async def outcomes(ctx: Any, loader: BundleLoader, seen: list[FabricStatus]) -> None:
    """Keeps each outcome, in the cycle of ``done``."""
    while True:
        _, _, done, outcome = await ctx.tick().sample(loader.done, loader.outcome)
        if done:
            seen.append(FabricStatus(outcome))


@pytest.mark.parametrize("idle", [0.0, 0.5])
def test_what_cores_get(idle: float) -> None:
    loader, tokens, done = BundleLoader(CONFIG), list[dict[str, int]](), list[FabricStatus]()
    right = list(expected(BUNDLE))

    async def last(ctx: Any) -> None:
        while not done:
            await ctx.tick()
        assert (ctx.get(loader.cores), ctx.get(loader.axons)) == (BUNDLE.cores, BUNDLE.axons)

    simulate(
        loader,
        sends(loader.bytes, stream(BUNDLE.to_bytes())),
        takes(loader.tokens, tokens, len(right), idle=idle),
        last,
        background=[partial(outcomes, loader=loader, seen=done)],
    )
    assert done == [FabricStatus.ARMED]
    assert [(each["kind"], each["core"], each["data"]) for each in tokens] == right
    images = [each for each in tokens if each["kind"] == ChainKind.IMAGE]
    assert sum(each["last"] for each in images) == BUNDLE.cores, "the last byte of each image is marked"


def verdict(data: bytes) -> FabricStatus:
    """What the loader says of some bytes, tokens always taken; after it, it is ready for the next bundle."""
    loader, done = BundleLoader(CONFIG), list[FabricStatus]()

    async def bench(ctx: Any) -> None:
        ctx.set(loader.tokens.ready, 1)
        await sends(loader.bytes, stream(data))(ctx)
        for _ in range(3):
            await ctx.tick()
        assert ctx.get(loader.bytes.ready)

    simulate(loader, bench, background=[partial(outcomes, loader=loader, seen=done)])
    (only,) = done
    return only


CASES = [(field, value, status) for field, value, status, _ in REFUSALS if status is not FabricStatus.BAD_IMAGE]


@pytest.mark.parametrize(("field", "value", "status"), CASES)
def test_the_first_fault_decides(field: str, value: int, status: FabricStatus) -> None:
    """Cut behind the wrong field: TRUNCATED comes after it."""
    assert verdict(damaged(BUNDLE, field, value)[: fields(BUNDLE)[field] + 8]) is status


@pytest.mark.parametrize("cut", [1, 5, 15, 40, -1])
def test_a_bundle_that_ends_too_soon(cut: int) -> None:
    data = BUNDLE.to_bytes()[:cut]
    with pytest.raises(BundleError) as host:
        Bundle.from_bytes(data, CONFIG)
    assert verdict(data) is host.value.status is FabricStatus.TRUNCATED


def test_what_is_behind_the_checksum_and_a_wrong_one() -> None:
    data = BUNDLE.to_bytes()
    assert verdict(data + b"x") is FabricStatus.TRAILING
    assert verdict(data[:-1] + bytes([data[-1] ^ 1])) is FabricStatus.BAD_CRC


def test_sizes_are_those_of_the_host() -> None:
    """Bytes of routes in front of the spans, from a bundle whose length field says how many there are."""
    routes = BUNDLE.routes[0]
    at = fields(BUNDLE)["length"]
    length = int.from_bytes(BUNDLE.to_bytes()[at : at + 4], "little")
    assert length == FIXED_ROUTES + 8 * len(routes.spans) + 2 * len(routes.entries) + len(routes.hops)
