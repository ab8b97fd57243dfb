# SPDX-License-Identifier: Apache-2.0
"""model.mapping.order: cores that follow each other on the ring send least far."""

from itertools import permutations

import numpy as np
import pytest

from model.mapping.demand import Task
from model.mapping.order import best_order
from tests.model.mapping.examples import chain, drawn


@pytest.mark.parametrize("seed", range(4))
def test_a_chain_of_cores_goes_in_a_row(seed: int) -> None:
    """Four pieces of a chain, numbered at random: three hops are enough."""
    rng = np.random.default_rng(seed)
    task, pieces = Task(chain()), np.arange(12) // 3
    placement = rng.permutation(4)[pieces]
    found = best_order(task, placement, 4, 4, rng)
    assert task.demand(found, 4, 4).traffic == 3
    assert len(set(zip(placement.tolist(), found.tolist(), strict=True))) == 4, "no neuron changes its core"


@pytest.mark.parametrize("seed", range(4))
def test_never_worse_and_no_exchange_helps(seed: int) -> None:
    rng, network = drawn(seed)
    task = Task(network, rate=rng.random(network.axons + network.neurons.count))
    placement = np.arange(task.neurons) % 3
    found = best_order(task, placement, 3, 3, rng)
    traffic = task.demand(found, 3, 3).traffic
    assert traffic <= task.demand(placement, 3, 3).traffic
    # Of three cores two exchanges reach every order of the ring, so the best one is found.
    every = [task.demand(np.array(order)[placement], 3, 3).traffic for order in permutations(range(3))]
    assert traffic == pytest.approx(min(every))


def test_cores_that_do_not_hear_each_other_stay() -> None:
    task, placement = Task(chain(2)), np.zeros(2, int)
    assert best_order(task, placement, 1, 4, np.random.default_rng(0)) is placement
