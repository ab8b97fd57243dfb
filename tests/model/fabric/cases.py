# SPDX-License-Identifier: Apache-2.0
"""Random networks with random placements, for tests of several cores; bundles that are damaged on purpose."""

import zlib
from dataclasses import dataclass

import numpy as np

from model.encoding import to_events
from model.fabric.bundle import Bundle
from model.fabric.mapping import map_network
from model.fabric.status import FabricStatus
from model.network import IntArray, Network
from model.random_network import random_config, random_network, random_raster


@dataclass(frozen=True)
class Case:
    """A network, where its neurons are, and the bundle."""

    network: Network
    placement: IntArray
    bundle: Bundle


def case(seed: int, *, cores: int | None = None, nodes: int | None = None, lanes: int = 2, density: float = 0.3,
         neurons: int = 13, axons: int = 9) -> Case:  # fmt: skip
    """A random network of any shape, recurrent across cores: each neuron may be anywhere."""
    rng = np.random.default_rng([seed, 11])
    config = random_config(rng, neurons=neurons, axons=axons, lanes=lanes)
    network = random_network(rng, config, density=density, full=True)
    cores = int(rng.integers(1, 9)) if cores is None else cores
    placement = rng.integers(0, cores, network.neurons.count)
    placement[rng.permutation(network.neurons.count)[:cores]] = np.arange(cores)
    nodes = cores + int(rng.integers(0, 3)) if nodes is None else nodes
    return Case(network, placement, map_network(network, placement, nodes=nodes, lanes=lanes))


def samples(seed: int, network: Network, rates: tuple[float, ...] = (0.0, 0.1, 0.5, 1.0)) -> list[list[IntArray]]:
    """Samples from silence to every axon in every step; the events of a step in any order."""
    rng = np.random.default_rng([seed, 12])
    return [
        [
            rng.permutation(events)
            for events in to_events(random_raster(rng, network, min(int(rng.integers(1, 25)), network.max_steps), rate))
        ]
        for rate in rates
    ]


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
