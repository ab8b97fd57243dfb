# SPDX-License-Identifier: Apache-2.0
"""From a network and a placement to the bundle, and to the smallest build that takes it."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from model import limits
from model.config import CoreConfig
from model.fabric.bundle import Bundle
from model.fabric.routes import Routes, Span, distance, farthest
from model.geometry import Geometry
from model.image.image import Image
from model.image.info import describe
from model.mapping.compiler import compile_network, fit
from model.mapping.partition import Part, dealt, place
from model.mapping.renumber import SWEEPS, hardware_order
from model.network import IntArray, Network
from support.errors import InputError

LARGE = 1 << 19
"""Synapses above which the numbering of neurons in each core is the greedy one, unless it is told otherwise."""


def deal_out(image: Image, cores: int) -> Bundle:
    """The network of an image on so many cores of its lanes, neurons dealt out in turn. Raises InputError."""
    network = image.network()
    return map_network(network, dealt(network, cores), lanes=image.geometry.lanes)


def map_network(network: Network, placement: ArrayLike, *, nodes: int | None = None, geometry: Geometry | None = None,
                lanes: int = limits.LANES.default, seed: int = 0, thorough: bool | None = None) -> Bundle:  # fmt: skip
    """The bundle of a network: ``placement[n]`` is the core of neuron n, shape (neurons,).

    ``nodes``: cores on the ring (None: those in use). ``geometry``: of the build (None: the smallest, with ``lanes``).
    ``seed`` fixes the numbering of neurons in each core; ``thorough``: it is searched for, not just made greedily
    (None: up to ``LARGE`` synapses). Raises InputError for a placement that is none, for more cores than nodes, and,
    with the core, for whatever does not fit.
    """
    parts = place(network, np.asarray(placement))
    nodes = len(parts) if nodes is None else nodes
    limits.NODES.check("nodes", nodes)
    if len(parts) > nodes:
        raise InputError(f"placement: uses {len(parts)} cores, there are {nodes}")
    if network.axons > limits.HOST_AXONS.high:
        raise InputError(f"network: {network.axons} axons, a host can address {limits.HOST_AXONS.high}")
    lanes = lanes if geometry is None else geometry.lanes
    sweeps = SWEEPS if (network.synapses <= LARGE if thorough is None else thorough) else 0
    orders = [hardware_order(part.network, lanes, seed, sweeps=sweeps) for part in parts]
    if geometry is None:
        geometry = smallest_geometry(parts, orders, lanes=lanes)
    images = [
        _compiled(core, part, geometry, order) for core, (part, order) in enumerate(zip(parts, orders, strict=True))
    ]
    return Bundle(
        nodes=nodes,
        axons=network.axons,
        routes=_routes(network, parts, images, nodes),
        images=tuple(images),
        info={**describe(network), "neurons": [part.neurons.tolist() for part in parts]},
    )


def smallest_geometry(parts: Sequence[Part], orders: Sequence[IntArray], *, lanes: int) -> Geometry:
    """The geometry of the smallest core that holds any of the parts, its neurons in the order of ``orders``.

    Raises InputError, with the core, if none does.
    """
    found = []
    for core, (part, order) in enumerate(zip(parts, orders, strict=True)):
        try:
            found.append(fit(part.network, lanes=lanes, order=order).numbers())
        except InputError as error:
            raise InputError(f"core {core}: {error}") from None
    return Geometry(**{name: max(each[name] for each in found) for name in found[0]})


def _compiled(core: int, part: Part, geometry: Geometry, order: IntArray) -> Image:
    build = CoreConfig(**geometry.numbers(), queue_depth=limits.QUEUE_DEPTH.high)
    try:
        return compile_network(part.network, build, order=order)
    except InputError as error:
        raise InputError(f"core {core}: {error}") from None


def _routes(network: Network, parts: Sequence[Part], images: Sequence[Image], nodes: int) -> tuple[Routes, ...]:
    """The routes of each core."""
    core_of, address = np.zeros(network.neurons.count, np.int64), np.zeros(network.neurons.count, np.int64)
    for core, (part, image) in enumerate(zip(parts, images, strict=True)):
        core_of[part.neurons] = core
        address[part.neurons[image.order]] = np.arange(len(part.neurons))
    heard = [_heard(network, part, core_of, address, cores=len(parts)) for part in parts]
    senders = [{sender for sender in range(len(parts)) if len(each[sender][0])} for each in heard]
    hops = [np.zeros(len(part.neurons), np.int64) for part in parts]
    for core, each in enumerate(heard):
        for sender in senders[core]:
            here = hops[sender]
            here[each[sender][0]] = np.maximum(here[each[sender][0]], distance(sender, core, nodes))
    made = []
    for core, each in enumerate(heard):
        listeners = {other for other, their in enumerate(senders) if core in their}
        spans, entries = _table(each)
        made.append(
            Routes(
                senders=frozenset(senders[core]),
                listeners=frozenset(listeners),
                eos_hops=farthest(core, senders[core] | listeners, nodes),
                spans=spans,
                entries=entries,
                hops=hops[core],
            )
        )
    return tuple(made)


def _heard(network: Network, part: Part, core_of: IntArray, address: IntArray, *,
           cores: int) -> list[tuple[IntArray, IntArray]]:  # fmt: skip
    """Of each core, then of the host: the addresses of the sources that a part hears, and its axon for each."""
    axon, neuron = np.arange(len(part.outside)), part.outside - network.axons
    of_host = neuron < 0
    sender = np.where(of_host, cores, core_of[np.where(of_host, 0, neuron)])
    source = np.where(of_host, part.outside, address[np.where(of_host, 0, neuron)])
    return [(source[sender == each], axon[sender == each]) for each in range(cores + 1)]


def _table(heard: Sequence[tuple[IntArray, IntArray]]) -> tuple[tuple[Span, ...], IntArray]:
    """Spans and entries of a route table: of each sender those from the first source that is heard to the last."""
    spans, parts, base = [], [np.zeros(0, np.int64)], 0
    for source, axon in heard:
        first = int(source.min()) if len(source) else 0
        count = int(source.max()) - first + 1 if len(source) else 0
        entries = np.full(count, -1)
        entries[source - first] = axon
        spans.append(Span(base=base, first=first, count=count))
        parts.append(entries)
        base += count
    return tuple(spans), np.concatenate(parts)
