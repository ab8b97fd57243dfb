# SPDX-License-Identifier: Apache-2.0
"""model.mapping.state: what a move is said to do is what a new count finds."""

import numpy as np
import pytest

from model.mapping.demand import Room, Task
from model.mapping.partition import evenly
from model.mapping.state import State
from tests.model.mapping.examples import chain, drawn


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


def test_a_move_by_hand() -> None:
    """The middle of a chain on its own core: its neighbour's spikes go one core further, and back."""
    placement = np.zeros(12, int)
    placement[6:] = 1
    state = State(Task(chain()), placement, 3, 3, Room())
    assert state.traffic == 1
    move = state.weigh(5, np.array([1, 2]))
    assert move.use[0].tolist() == [1, 1]
    assert move.use_here[0] == -1
    # To core 1: neuron 4 sends there now, neuron 5 nowhere. To core 2: 4 goes two hops, 5 two more to core 1.
    assert move.traffic.tolist() == [0, 3]
    state.apply(move, 1)
    assert state.home[1 + 5] == 2
    assert state.traffic == 4
    assert state.use[0].tolist() == [5, 6, 1]


def test_what_is_above_a_limit_counts_as_excess() -> None:
    placement = np.arange(12) % 2
    state = State(Task(chain()), placement, 2, 2, Room(neurons=6))
    move = state.weigh(0, np.array([1]))
    assert move.excess[0] == pytest.approx(1 / 6)
