# SPDX-License-Identifier: Apache-2.0
"""model.mapping.search: placements that are no worse, within limits, and change no spike."""

import numpy as np
import pytest

from model.fabric.golden import GoldenFabric
from model.fabric.mapping import map_network
from model.golden import GoldenCore
from model.mapping.demand import Room, Task
from model.mapping.partition import dealt
from model.mapping.search import judged, search
from support.errors import InputError
from tests.model.fabric.cases import samples
from tests.model.mapping.examples import chain, drawn


@pytest.mark.parametrize("seed", range(8))
def test_a_found_placement_changes_no_spike(seed: int) -> None:
    rng, network = drawn(seed)
    cores = int(rng.integers(1, 7))
    found = search(Task(network, lanes=2), cores, nodes=cores + seed % 3, seed=seed)
    bundle = map_network(network, found.placement, nodes=cores + seed % 3, lanes=2)
    assert bundle.cores == cores
    assert bundle.network() == network
    golden, fabric = GoldenCore(network), GoldenFabric(bundle)
    for sample in samples(seed, network):
        expected, seen = golden.run(sample), fabric.run(sample)
        for name in expected.__dataclass_fields__:
            assert np.array_equal(getattr(seen, name), getattr(expected, name)), name


@pytest.mark.parametrize("seed", range(8))
def test_never_worse_than_dealt(seed: int) -> None:
    rng, network = drawn(seed)
    cores = int(rng.integers(2, 7))
    task = Task(network, lanes=2, rate=rng.random(network.axons + network.neurons.count))
    found = search(task, cores, seed=seed)
    plain = judged(task, dealt(network, cores), cores, Room())
    assert found.key <= plain.key
    again = search(task, cores, seed=seed)
    assert np.array_equal(found.placement, again.placement)


def test_limits_move_neurons() -> None:
    """Dealt out in turn, a core has more rows than it may have; the search keeps every limit."""
    _, network = drawn(3)
    task = Task(network, lanes=2)
    rows = int(search(task, 3).demand.use[2].max())
    found = search(task, 3, room=Room(neurons=7, rows=rows + 2))
    assert found.excess == 0
    assert found.demand.use[0].max() <= 7
    assert found.demand.use[2].max() <= rows + 2


def test_a_chain_goes_around_the_ring_once() -> None:
    found = search(Task(chain()), 4)
    assert found.demand.traffic == 3
    assert found.demand.work.max() == found.demand.work.min()


def test_more_cores_than_neurons() -> None:
    with pytest.raises(InputError, match=r"cores must be in 1\.\.12, the number of neurons, not 13"):
        search(Task(chain()), 13)


@pytest.mark.parametrize("seed", range(4))
def test_a_short_search(seed: int) -> None:
    """As of large networks: one start, each sweep once. No worse than neurons dealt out; small ones get the other."""
    rng, network = drawn(seed)
    cores = int(rng.integers(2, 7))
    task = Task(network, lanes=2)
    short = search(task, cores, seed=seed, thorough=False)
    assert short.key <= judged(task, dealt(network, cores), cores, Room()).key
    whole = search(task, cores, seed=seed, thorough=True)
    assert np.array_equal(search(task, cores, seed=seed).placement, whole.placement)
    greedy = map_network(network, short.placement, lanes=2, thorough=False)
    searched = map_network(network, short.placement, lanes=2, thorough=True)
    assert greedy.network() == searched.network() == network
    assert sum(image.words_used for image in searched.images) <= sum(image.words_used for image in greedy.images)
