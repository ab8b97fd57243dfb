# SPDX-License-Identifier: Apache-2.0
"""model.mapping.cluster: what hears each other goes to the same core."""

import numpy as np
import pytest

from model.mapping.cluster import clustered
from model.mapping.demand import Task
from model.network import Network, Neurons, Readout
from tests.model.mapping.examples import chain, drawn


def test_clusters_of_neighbours() -> None:
    """Two groups that hear only themselves, numbered in turn: each gets a core of its own."""
    source, target = (each.ravel() for each in np.meshgrid(np.arange(40), np.arange(40)))
    keep = source % 2 == target % 2
    ones = np.ones(keep.sum(), int)
    network = Network(axons=1, neurons=Neurons(count=40), source=1 + source[keep], target=target[keep], delay=ones,
                      weight=ones, readout=Readout(neurons=(0,)))  # fmt: skip
    placement = clustered(Task(network), 2, np.random.default_rng(0))
    assert len(set(placement[::2])) == len(set(placement[1::2])) == 1
    assert placement[0] != placement[1]


@pytest.mark.parametrize("seed", range(6))
def test_every_core_has_a_neuron_and_the_seed_decides(seed: int) -> None:
    rng, network = drawn(seed)
    cores = int(rng.integers(1, network.neurons.count + 1))
    first, again = (clustered(Task(network), cores, np.random.default_rng(seed)) for _ in range(2))
    assert set(first) == set(range(cores))
    assert np.array_equal(first, again)


def test_synapses_are_shared_evenly() -> None:
    """A chain cut in three: in one piece each, a third of it."""
    placement = clustered(Task(chain(60)), 3, np.random.default_rng(1))
    assert np.bincount(placement).tolist() == pytest.approx([20, 20, 20], abs=2)
    assert np.count_nonzero(np.diff(placement)) == 2


def test_nothing_that_ties() -> None:
    """A network without synapses."""
    nothing = np.zeros(0, int)
    network = Network(axons=1, neurons=Neurons(count=9), source=nothing, target=nothing, delay=nothing, weight=nothing,
                      readout=Readout(neurons=(0,)))  # fmt: skip
    assert set(clustered(Task(network), 4, np.random.default_rng(0))) == {0, 1, 2, 3}
