# SPDX-License-Identifier: Apache-2.0
"""model.fabric: a network, mapped, comes back; what a fabric would refuse is refused; contradictions are seen."""

import re
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from model.config import CoreConfig
from model.fabric.bundle import Bundle
from model.fabric.golden import GoldenFabric
from model.fabric.mapping import map_network
from model.fabric.records import BundleError, FrameKind, frame_bytes
from model.fabric.routes import Span
from model.fabric.status import FabricStatus
from model.golden import GoldenCore
from model.image.image import Image, ImageError
from model.network import UNTIL_END, Network, Neurons, Readout
from support.errors import InputError
from tests.model.fabric.cases import Case, case, samples


@pytest.mark.parametrize("seed", range(16))
def test_a_network_comes_back_as_it_was(seed: int) -> None:
    made = case(seed)
    assert made.bundle.network() == made.network
    data = made.bundle.to_bytes()
    again = Bundle.from_bytes(data, made.bundle.config(["ring"]))
    assert again.network() == made.network
    assert again.to_bytes() == data
    for core in range(made.bundle.cores):
        assert set(made.placement[made.bundle.neurons(core)]) == {core}


@pytest.mark.parametrize("seed", range(16))
def test_mapping_changes_no_spike(seed: int) -> None:
    """Core by core, with spikes of other cores as events of the next step: all as in the golden core."""
    made = case(seed)
    golden, fabric = GoldenCore(made.network), GoldenFabric(made.bundle)
    for sample in samples(seed, made.network):
        expected, seen = golden.run(sample), fabric.run(sample)
        for name in expected.__dataclass_fields__:
            assert np.array_equal(getattr(seen, name), getattr(expected, name)), name


def test_one_core_hears_nobody() -> None:
    bundle = case(3, cores=1, nodes=1).bundle
    (routes,) = bundle.routes
    assert (routes.senders, routes.listeners, routes.eos_hops) == (frozenset(), frozenset(), 0)
    assert not routes.hops.any()


def test_a_spike_goes_no_further_than_it_must() -> None:
    """Every neuron that others hear goes to the farthest of them, others nowhere."""
    made = case(5, cores=4, nodes=6)
    network, placement = made.network, made.placement
    inner = network.source >= network.axons
    source, target = network.source[inner] - network.axons, network.target[inner]
    hops = np.zeros(network.neurons.count, np.int64)
    np.maximum.at(hops, source, (placement[target] - placement[source]) % 6)
    for core in range(4):
        assert np.array_equal(made.bundle.routes[core].hops, hops[made.bundle.neurons(core)])


def test_refractory_periods_on_several_cores() -> None:
    """One core counts a period, the other one has it until the end of sample: builds have what both need."""
    neurons = Neurons(count=2, state_bits=14, threshold=5, refractory=[6, UNTIL_END])
    network = Network(axons=1, neurons=neurons, source=[0, 0, 1], target=[0, 1, 1], delay=[0, 1, 2], weight=[5, 5, 1],
                      readout=Readout(neurons=(0, 1)), max_steps=20)  # fmt: skip
    bundle = map_network(network, [0, 1])
    assert bundle.images[0].geometry.refractory_bits == 3
    assert [image.parameters["refractory"].tolist() for image in bundle.images] == [[6], [7]]
    assert Bundle.from_bytes(bundle.to_bytes()).network() == network
    events = [np.array([0])] * 12
    expected, seen = GoldenCore(network).run(events), GoldenFabric(bundle).run(events)
    assert np.array_equal(expected.spikes, seen.spikes)
    assert expected.spike_count.tolist() == [2, 1]
    without = replace(bundle.images[0].geometry, refractory_bits=0)
    reason = "refractory_bits: neuron 0 has a refractory period of 6 steps, the build has none"
    with pytest.raises(InputError, match=f"core 0: network does not fit the build: {reason}"):
        map_network(network, [0, 1], geometry=without)


def test_a_build_for_a_bundle() -> None:
    bundle = case(2, cores=3, nodes=3).bundle
    config = bundle.config(["ring", "scdq", "bitmap"])
    assert [str(core.delay_unit) for core in config.cores] == ["ring", "scdq", "bitmap"]
    with pytest.raises(InputError, match=re.escape("units: expected one, or one for each of the 3 cores, not 2")):
        bundle.config(["ring", "scdq"])


def test_placements_that_are_none() -> None:
    network = case(1).network
    count = network.neurons.count
    with pytest.raises(InputError, match=f"placement: expected {count} integers, the core of each neuron"):
        map_network(network, np.zeros(count + 1, int))
    with pytest.raises(InputError, match="placement: expected cores 0 to 0, each with a neuron, not 1 to 1"):
        map_network(network, np.ones(count, int))
    with pytest.raises(InputError, match="placement: uses 2 cores, there are 1"):
        map_network(network, np.arange(count) % 2, nodes=1)


def test_what_does_not_fit_says_which_core() -> None:
    made = case(1, cores=2, nodes=2)
    geometry = replace(made.bundle.images[0].geometry, rows=1)
    with pytest.raises(InputError, match=r"core 0: network does not fit the build: .*rows: needs \d+, the build has 1"):
        map_network(made.network, made.placement, geometry=geometry)


def fields(bundle: Bundle) -> dict[str, int]:
    """Offsets of the fields of a small bundle."""
    routes = 16 + 8
    spans = routes + 24
    entries = spans + 8 * (bundle.cores + 1)
    hops = entries + 2 * len(bundle.routes[0].entries)
    image = hops + len(bundle.routes[0].hops)
    return {"version": 4, "nodes": 6, "cores": 8, "zero": 10, "axons": 12, "kind": 16, "core": 17, "length": 20,
            "senders": routes, "listeners": routes + 8, "eos_hops": routes + 16, "routes zero": routes + 17,
            "neurons": routes + 18, "entries": routes + 20, "base": spans, "count": spans + 6, "entry": entries,
            "hops": hops, "image kind": image, "image magic": image + 8}  # fmt: skip


REFUSALS: tuple[tuple[str, int, FabricStatus, str], ...] = (
    ("version", 2, FabricStatus.BAD_VERSION, "expected version 1, not 2"),
    ("nodes", 9, FabricStatus.BAD_NODES, "for 9 nodes, the build has 4"),
    ("cores", 5, FabricStatus.BAD_CORES, "expected 1..4 cores in use, not 5"),
    ("cores", 0, FabricStatus.BAD_CORES, "expected 1..4 cores in use, not 0"),
    ("zero", 1, FabricStatus.BAD_CORES, "expected 0, not 1"),
    ("axons", 200, FabricStatus.BAD_AXONS, "expected 1..9 axons, not 200"),
    ("axons", 0, FabricStatus.BAD_AXONS, "expected 1..9 axons, not 0"),
    ("kind", 2, FabricStatus.BAD_FRAME, "expected kind 1 of a frame, not 2"),
    ("core", 1, FabricStatus.BAD_FRAME, "expected core 0 of a frame, not 1"),
    ("senders", 1, FabricStatus.BAD_ROUTES, "core 0 has core 0 among its senders"),
    ("listeners", 128, FabricStatus.BAD_ROUTES, "core 0 has core 7 among its listeners"),
    ("eos_hops", 4, FabricStatus.BAD_ROUTES, "eos_hops must be in 0..3, not 4"),
    ("routes zero", 4, FabricStatus.BAD_ROUTES, "zero must be in 0..0, not 4"),
    ("neurons", 255, FabricStatus.BAD_ROUTES, "neurons must be in 1"),
    ("entries", 255, FabricStatus.BAD_ROUTES, "entries must be in 0"),
    ("entries", 0, FabricStatus.BAD_FRAME, "its routes need"),
    ("base", 255, FabricStatus.BAD_ROUTES, "a span goes on to entry 255"),
    ("count", 255, FabricStatus.BAD_ROUTES, "a span goes on to entry 255"),
    ("entry", 255, FabricStatus.BAD_ROUTES, "entry 0 is axon 254"),
    ("hops", 9, FabricStatus.BAD_ROUTES, "neuron 0 has 9 hops"),
    ("image kind", 1, FabricStatus.BAD_FRAME, "expected kind 2 of a frame, not 1"),
    ("image magic", 0, FabricStatus.BAD_IMAGE, "core 0: BAD_MAGIC at byte 0 of its image"),
)
"""Field, the byte that is written to it, the status, and part of the message."""


def small() -> Case:
    """A bundle in which every kind of field is there: core 0 hears and is heard, the host comes first."""
    return case(7, cores=3, nodes=4)


def damaged(bundle: Bundle, field: str, value: int) -> bytes:
    """The bundle with one byte changed, and a CRC that fits."""
    data = bytearray(bundle.to_bytes())
    data[fields(bundle)[field]] = value
    body = bytes(data[:-4])
    return body + zlib.crc32(body).to_bytes(4, "little")


@pytest.mark.parametrize(("field", "value", "status", "reason"), REFUSALS)
def test_refusals(field: str, value: int, status: FabricStatus, reason: str) -> None:
    bundle = small().bundle
    with pytest.raises(BundleError) as caught:
        Bundle.from_bytes(damaged(bundle, field, value), bundle.config(["ring"]))
    assert caught.value.status is status
    assert reason in caught.value.reason
    assert str(caught.value).startswith(f"bundle: {status.name} at byte ")


def test_a_bundle_cut_anywhere_or_with_more_behind_it(tmp_path: Path) -> None:
    bundle = small().bundle
    data = bundle.to_bytes()
    for end in range(len(data)):
        with pytest.raises(BundleError) as caught:
            Bundle.from_bytes(data[:end])
        assert caught.value.status is (FabricStatus.TRUNCATED if end else FabricStatus.EMPTY)
    with pytest.raises(BundleError, match=r"TRAILING at byte .*: 2 bytes after the CRC"):
        Bundle.from_bytes(data + b"ab")
    (tmp_path / "a.chxb").write_bytes(data[:9])
    with pytest.raises(InputError, match=r"a\.chxb: bundle: TRUNCATED at byte 9"):
        Bundle.load(tmp_path / "a.chxb")


def test_a_flipped_bit_anywhere_is_refused() -> None:
    data = small().bundle.to_bytes()
    for at in range(0, len(data), 3):
        flipped = bytearray(data)
        flipped[at] ^= 1 << at % 8
        with pytest.raises(InputError):
            Bundle.from_bytes(bytes(flipped))


def test_a_wrong_route_before_the_end_of_a_cut_bundle_decides() -> None:
    """Entries are read at once, and judged as if one after the other."""
    bundle = small().bundle
    at = fields(bundle)
    data = bytearray(bundle.to_bytes())
    data[at["entry"] + 2 : at["entry"] + 4] = b"\xff\xff"
    for end, status in ((at["entry"] + 3, FabricStatus.TRUNCATED), (at["entry"] + 4, FabricStatus.BAD_ROUTES)):
        with pytest.raises(BundleError) as caught:
            Bundle.from_bytes(bytes(data[:end]))
        assert caught.value.status is status
    assert (caught.value.offset, caught.value.reason) == (at["entry"] + 2, "entry 1 is axon 65534")


def test_what_a_core_refuses_comes_before_what_only_the_host_sees() -> None:
    """The image of core 0 has sums that no accumulator holds, that of core 1 a wrong magic."""
    bundle = small().bundle
    images = list(bundle.images)
    geometry = replace(images[0].geometry, accumulator_bits=2)
    host = replace(images[0], geometry=geometry).to_bytes()
    with pytest.raises(InputError, match="arrivals of a step at") as alone:
        Image.from_bytes(host)
    assert not isinstance(alone.value, ImageError)
    for second, kind in ((images[1].to_bytes(), InputError), (b"none" + images[1].to_bytes()[4:], BundleError)):
        parts = [host, second, images[2].to_bytes()]
        with pytest.raises(InputError) as caught:
            Bundle.from_bytes(_with_images(bundle, parts))
        assert type(caught.value) is kind
        expected = "core 1: BAD_MAGIC" if kind is BundleError else "bundle: core 0: arrivals of a step at"
        assert expected in str(caught.value)


def _with_images(bundle: Bundle, images: list[bytes]) -> bytes:
    """The bundle with other bytes for images, and a CRC that fits."""
    data = bundle.to_bytes()
    for core, image in enumerate(bundle.images):
        old, new = (frame_bytes(FrameKind.IMAGE, core, each) for each in (image.to_bytes(), images[core]))
        assert data.count(old) == 1
        data = data.replace(old, new)
    return data[:-4] + zlib.crc32(data[:-4]).to_bytes(4, "little")


def test_save_and_load(tmp_path: Path) -> None:
    bundle = small().bundle
    bundle.save(tmp_path / "a.chxb")
    assert Bundle.load(tmp_path / "a.chxb").network() == bundle.network()


def _with_routes(bundle: Bundle, core: int, **changes: Any) -> Bundle:
    routes = list(bundle.routes)
    routes[core] = replace(routes[core], **changes)
    return replace(bundle, routes=tuple(routes))


CONTRADICTIONS: tuple[tuple[Callable[[Bundle], Any], str], ...] = (
    (lambda b: replace(b, routes=b.routes[:1]), "1 routes and 3 images for 4 nodes"),
    (lambda b: _with_routes(b, 1, hops=b.routes[1].hops[1:]), r"core 1: routes of \d+ neurons, its image has"),
    (lambda b: _with_routes(b, 0, entries=b.routes[0].entries * 0 - 1), "core 0: nothing is its axon"),
    (lambda b: _with_routes(b, 0, entries=b.routes[0].entries * 0), "core 0: two sources are its axon 0"),
    (lambda b: _with_routes(b, 0, entries=b.routes[0].entries + 90), r"core 0: entry of axon \d+, its image has"),
    (lambda b: _with_routes(b, 0, senders=frozenset({1})), r"core 0: hears \[1, 2\], its senders are \[1\]"),
    (lambda b: _with_routes(b, 0, listeners=frozenset()), r"core 0: heard by \[1, 2\], its listeners are \[\]"),
    (lambda b: _with_routes(b, 0, eos_hops=0), "core 0: its end of step goes 0 hops, expected"),
    (lambda b: _with_routes(b, 0, hops=b.routes[0].hops * 0), r"core 0: neuron \d+ goes 0 hops, core \d is"),
    (lambda b: _with_routes(b, 0, spans=(*b.routes[0].spans[:3], Span(base=0, first=9, count=1))),
     "core 0: a span of 1 sources from 9 on of the host, which has 9"),
    (lambda b: replace(b, info={**b.info, "neurons": [[0]]}), "info: expected neurons to give"),
    (lambda b: replace(b, info={**b.info, "labels": ["a"]}), "info: network: 1 labels for"),
    (lambda b: replace(b, images=(replace(b.images[0], max_steps=3), *b.images[1:])), "steps, that of core 0 for 3"),
    (lambda b: replace(b, images=(replace(b.images[0], geometry=CoreConfig(
        neurons=50, axons=50, delays=9, rows=9, synapse_words=9)), *b.images[1:])), "is for another geometry than"),
)  # fmt: skip


@pytest.mark.parametrize(("change", "message"), CONTRADICTIONS)
def test_contradictions(change: Callable[[Bundle], Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        change(small().bundle)


@pytest.mark.parametrize(("axons", "fits"), [(65535, True), (65536, False)])
def test_most_axons_that_a_host_can_address(axons: int, fits: bool) -> None:
    """A span counts its sources in 16 bits: all of them have to fit where a core hears the first and the last."""
    network = Network(
        axons=axons,
        neurons=Neurons(count=1, state_bits=14, threshold=1),
        source=np.array([0, axons - 1]),
        target=np.zeros(2, int),
        delay=np.zeros(2, int),
        weight=np.ones(2, int),
        readout=Readout(neurons=(0,)),
        max_steps=9,
    )
    if fits:
        assert Bundle.from_bytes(map_network(network, [0]).to_bytes()).network() == network
    else:
        with pytest.raises(InputError, match="network: 65536 axons, a host can address 65535"):
            map_network(network, [0])
