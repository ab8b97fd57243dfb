# SPDX-License-Identifier: Apache-2.0
"""model.mapping.search: placements that are no worse, within limits, and change no spike; what does not fit is told."""

import numpy as np
import pytest

from model.fabric.golden import GoldenFabric
from model.fabric.mapping import map_network
from model.golden import GoldenCore
from model.mapping.cluster import clustered
from model.mapping.demand import Room, Task
from model.mapping.partition import dealt, evenly
from model.mapping.refusal import check_room, check_widths, more_cores
from model.mapping.search import judged, search
from model.mapping.state import State
from model.network import Network, Neurons, Readout
from model.random_network import random_config, random_network
from support.errors import InputError
from tests.model.fabric.cases import samples


def drawn(seed: int, neurons: int = 20) -> tuple[np.random.Generator, Network]:
    rng = np.random.default_rng([seed, 13])
    return rng, random_network(rng, random_config(rng, neurons=neurons, axons=9, lanes=2), density=0.3, full=True)


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


@pytest.mark.parametrize("seed", range(8))
def test_moves_keep_count(seed: int) -> None:
    """Use, work, traffic and hops after any moves are those of a new count."""
    rng, network = drawn(seed)
    cores = int(rng.integers(2, 7))
    nodes = cores + int(rng.integers(3))
    task = Task(network, lanes=2, rate=rng.random(network.axons + network.neurons.count))
    state = State(task, evenly(network, cores), cores, nodes, Room())
    for _ in range(30):
        neuron = int(rng.integers(task.neurons))
        if state.use[0, state.home[network.axons + neuron]] > 1:
            move = state.weigh(neuron, state.near(neuron, 3))
            state.apply(move, int(rng.integers(len(move.cores))))
    fresh = State(task, state.placement, cores, nodes, Room())
    assert np.allclose(state.use, fresh.use)
    assert np.allclose(state.work, fresh.work)
    assert state.traffic == pytest.approx(fresh.traffic)
    assert np.array_equal(state.hops, fresh.hops)


@pytest.mark.parametrize("seed", range(4))
def test_what_is_counted_is_what_images_have(seed: int) -> None:
    """Neurons, axons and rows exactly; words at most, hops x spikes exactly, and image bytes about."""
    rng, network = drawn(seed)
    cores = int(rng.integers(2, 7))
    task, placement = Task(network, lanes=2), clustered(Task(network, lanes=2), cores, rng)
    demand, bundle = task.demand(placement, cores, cores), map_network(network, placement, lanes=2)
    assert sum(routes.hops.sum() for routes in bundle.routes) == demand.traffic
    for core, image in enumerate(bundle.images):
        neurons, axons, rows, words, size = demand.use[:, core]
        assert (image.neurons_used, image.axons_used, image.rows_used) == (neurons, max(1, axons), rows)
        assert words <= image.words_used
        assert size == pytest.approx(len(image.to_bytes()), rel=0.35)


def test_limits_move_neurons() -> None:
    """Dealt out in turn, a core has more rows than it may have; the search keeps every limit."""
    _, network = drawn(3)
    task = Task(network, lanes=2)
    rows = int(search(task, 3).demand.use[2].max())
    found = search(task, 3, room=Room(neurons=7, rows=rows + 2))
    assert found.excess == 0
    assert found.demand.use[0].max() <= 7
    assert found.demand.use[2].max() <= rows + 2


def chain(neurons: int = 12) -> Network:
    """Each neuron hears the one before; the first hears an axon."""
    return Network(
        axons=1,
        neurons=Neurons(count=neurons),
        source=np.arange(neurons),
        target=np.arange(neurons),
        delay=np.ones(neurons, int),
        weight=np.full(neurons, 100),
        readout=Readout(neurons=(0,)),
        name="chain",
    )


def test_a_chain_goes_around_the_ring_once() -> None:
    found = search(Task(chain()), 4)
    assert found.demand.traffic == 3
    assert found.demand.work.max() == found.demand.work.min()


def test_refusals() -> None:
    task = Task(chain())
    use = task.demand(dealt(task.network, 2), 2, 2).use
    with pytest.raises(InputError) as caught:
        check_room(task, use, Room(neurons=5))
    assert str(caught.value) == (
        "network 'chain' does not fit 2 cores: core 0: neurons: needs 6, room for 5; nearest build: 3 cores with these "
        "limits, or 2 cores with neurons of 6"
    )
    with pytest.raises(InputError) as caught:
        check_widths(task, Room(accumulator_bits=7))
    assert str(caught.value) == (
        "network 'chain' does not fit: accumulator_bits: neuron 0 needs 8, the cores have 7, on any core; "
        "nearest build: accumulator_bits of 8"
    )
    assert more_cores(task, 2, Room(neurons=5)) == 3
    assert more_cores(task, 2, Room(image_bytes=10)) is None
    check_room(task, use, Room(neurons=6))


def test_arguments() -> None:
    task = Task(chain())
    with pytest.raises(InputError, match=r"cores must be in 1\.\.12, the number of neurons, not 13"):
        search(task, 13)
    with pytest.raises(InputError, match="rate: expected 13 numbers of at least 0, one a source"):
        Task(chain(), rate=np.ones(12))
    with pytest.raises(InputError, match=r"limit: axons must be in 1\.\.4096, not 0"):
        Room(axons=0)


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
