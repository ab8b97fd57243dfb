# SPDX-License-Identifier: Apache-2.0
"""The numbering of neurons: a permutation, repeatable, and better than what it started from."""

import time

import numpy as np
import pytest

from model.mapping.renumber import hardware_order, row_numbers, synapse_words
from model.network import Network, Neurons, Readout
from model.random_network import random_config, random_layers, random_network
from tests.model.examples import full_network, network


def slow_words(net: Network, order: np.ndarray, lanes: int) -> int:
    lane = {int(neuron): h % lanes for h, neuron in enumerate(order)}
    counts: dict[tuple[int, int], dict[int, int]] = {}
    for source, target, delay in zip(net.source, net.target, net.delay, strict=True):
        row = counts.setdefault((int(source), int(delay)), {})
        row[lane[int(target)]] = row.get(lane[int(target)], 0) + 1
    return sum(max(row.values()) for row in counts.values())


@pytest.mark.parametrize("seed", range(30))
def test_random_networks(seed: int) -> None:
    rng = np.random.default_rng(seed)
    config = random_config(rng)
    net = random_network(rng, config, density=rng.random())
    order = hardware_order(net, config.lanes, seed=seed)
    assert sorted(order) == list(range(net.neurons.count))
    assert np.array_equal(order, hardware_order(net, config.lanes, seed=seed))
    own = np.arange(net.neurons.count)
    assert synapse_words(net, order, config.lanes) == slow_words(net, order, config.lanes)
    assert slow_words(net, order, config.lanes) <= slow_words(net, own, config.lanes)


def test_a_perfect_numbering_is_found() -> None:
    # Axon a reaches the neurons a*4 to a*4+3, scattered: in the network's own order they share lanes.
    scattered = np.arange(32).reshape(8, 4).T.ravel()
    own = [(int(place) // 4, neuron, 0, 1) for neuron, place in enumerate(scattered)]
    net = network(own, axons=8, count=32)
    assert synapse_words(net, np.arange(32), 4) > 8
    assert synapse_words(net, hardware_order(net, 4), 4) == 8


def test_the_48_48_network_is_full_and_quick() -> None:
    net = random_layers(np.random.default_rng(0))
    start = time.perf_counter()
    order = hardware_order(net, 8)
    assert time.perf_counter() - start < 20
    words = synapse_words(net, order, 8)
    ideal = int((-(-np.bincount(row_numbers(net)) // 8)).sum())
    own = synapse_words(net, np.arange(116), 8)
    assert ideal < words < 0.99 * own
    assert net.synapses / (8 * words) > 0.7


def test_a_large_network_is_searched_in_part() -> None:
    rng = np.random.default_rng(1)
    pairs = rng.choice(64 * 3000, 40_000, replace=False)
    net = Network(
        axons=64,
        neurons=Neurons(count=3000),
        source=pairs // 3000,
        target=pairs % 3000,
        delay=rng.integers(0, 60, 40_000),
        weight=np.ones(40_000, np.int64),
        readout=Readout(neurons=(0,)),
    )
    order = hardware_order(net, 32)
    assert sorted(order) == list(range(3000))
    assert synapse_words(net, order, 32) < synapse_words(net, np.arange(3000), 32)


def test_one_lane_and_no_synapse_leave_the_order_as_it_is() -> None:
    assert hardware_order(full_network(), 1).tolist() == list(range(5))
    assert hardware_order(network([]), 4).tolist() == [0, 1, 2]
