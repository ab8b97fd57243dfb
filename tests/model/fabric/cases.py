# SPDX-License-Identifier: Apache-2.0
"""Random networks with random placements, for tests of several cores."""

from dataclasses import dataclass

import numpy as np

from model.encoding import to_events
from model.fabric.bundle import Bundle
from model.fabric.mapping import map_network
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
