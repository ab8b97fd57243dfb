# SPDX-License-Identifier: Apache-2.0
"""A network cut into those of several cores.

A core holds the synapses into its neurons. Any neuron may be on any core; unless a placement says otherwise, neurons
are dealt out in turn. Whatever comes from outside of a core takes one of its axons: an input axon as it is; a neuron of
another core with its delay less one step, since its spike arrives with the events of the next step, which is what the
contract's delay level of a neuron means.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from model.network import PARAMETERS, IntArray, Network, Neurons, Readout
from support.errors import InputError


def shares(neurons: int, cores: int) -> list[IntArray]:
    """The neurons of each core, dealt out in turn: every core has an equal share of each layer.

    Raises InputError for less than one core, and for more cores than neurons.
    """
    spans(neurons, cores)
    return [np.arange(core, neurons, cores) for core in range(cores)]


def spans(neurons: int, cores: int) -> list[tuple[int, int]]:
    """First neuron of each core, and the one after its last.

    Raises InputError for less than one core, and for more cores than neurons.
    """
    if not 1 <= cores <= neurons:
        raise InputError(f"cores must be in 1..{neurons}, the number of neurons, not {cores}")
    bounds = [-(-neurons * core // cores) for core in range(cores + 1)]
    return list(pairwise(bounds))


@dataclass(frozen=True, kw_only=True)
class Part:
    """What one core has of a network."""

    network: Network
    """The network of the core alone; of several cores none has a read-out."""
    outside: IntArray
    """The network's source number of each of its axons, ascending; empty if it hears nothing, and has one axon."""
    neurons: IntArray
    """The network's number of each of its neurons, ascending."""


def place(network: Network, placement: IntArray) -> list[Part]:
    """The parts of a network: ``placement[n]`` is the core of neuron n, shape (neurons,).

    Raises InputError for another shape, and unless the cores are 0 to the highest, each with a neuron.
    """
    placement = np.asarray(placement)
    count = network.neurons.count
    if placement.shape != (count,) or placement.dtype.kind not in "iu":
        raise InputError(f"placement: expected {count} integers, the core of each neuron, not shape {placement.shape}")
    used = np.unique(placement)
    if not np.array_equal(used, np.arange(len(used))):
        raise InputError(
            f"placement: expected cores 0 to {len(used) - 1}, each with a neuron, not {used[0]} to {used[-1]}"
        )
    members = [np.flatnonzero(placement == core) for core in used]
    own = np.zeros(count, np.int64)  # the number of each neuron on its core
    for each in members:
        own[each] = np.arange(len(each))
    home = placement[network.target]
    order = np.argsort(home, kind="stable")
    bounds = np.searchsorted(home[order], np.arange(len(used) + 1))
    return [
        _part(network, own, here, order[first:end])
        for here, (first, end) in zip(members, pairwise(bounds.tolist()), strict=True)
    ]


def _part(network: Network, own: IntArray, members: IntArray, chosen: IntArray) -> Part:
    """The part of a core with the neurons ``members``, whose synapses are ``chosen``; ``own`` as in ``place``."""
    source = network.source[chosen]
    neuron = source - network.axons
    fires = neuron >= 0
    inside = fires & np.isin(neuron, members)
    outside, axon = np.unique(source[~inside], return_inverse=True)
    axons = max(1, len(outside))
    placed = np.where(inside, axons + own[np.where(inside, neuron, 0)], 0)
    placed[~inside] = axon
    alone = Network(
        axons=axons,
        neurons=Neurons(
            count=len(members),
            state_bits=network.neurons.state_bits,
            **{name: getattr(network.neurons, name)[members] for name in PARAMETERS},
        ),
        source=placed,
        target=own[network.target[chosen]],
        delay=network.delay[chosen] - (~inside & fires),
        weight=network.weight[chosen],
        readout=Readout(neurons=()),
        max_steps=network.max_steps,
    )
    return Part(network=alone, outside=outside, neurons=members)


def partition(network: Network, cores: int) -> list[Network]:
    """The network of each core, neurons dealt out in turn: its neurons, the synapses into them, and an axon for each
    source outside that has one.

    One core has the whole network, axons without synapses included; of several none has a read-out.
    Raises InputError as ``shares``.
    """
    if cores == 1:
        return [network]
    return [part.network for part in place(network, dealt(network, cores))]


def dealt(network: Network, cores: int) -> IntArray:
    """The placement that deals neurons out in turn: each core has an equal share of each layer, shape (neurons,).

    Raises InputError for less than one core, and for more cores than neurons.
    """
    placement = np.empty(network.neurons.count, np.int64)
    for core, share in enumerate(shares(network.neurons.count, cores)):
        placement[share] = core
    return placement


def evenly(network: Network, cores: int) -> IntArray:
    """The placement of ``spans``, shape (neurons,). Raises InputError as it does."""
    parts = spans(network.neurons.count, cores)
    return np.repeat(np.arange(cores), [end - first for first, end in parts])
