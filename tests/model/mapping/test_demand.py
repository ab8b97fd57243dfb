# SPDX-License-Identifier: Apache-2.0
"""model.mapping.demand: what a placement asks of the cores, before anything is laid out."""

import numpy as np
import pytest

from model.fabric.mapping import map_network
from model.mapping.cluster import clustered
from model.mapping.demand import USE, Room, Task, excess, grouped, spikes_a_step
from support.errors import InputError
from tests.model.mapping.examples import chain, drawn


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


def test_a_chain_by_hand() -> None:
    """Twelve neurons on two cores in turn: each hears one of the other core, the first one an axon."""
    rate = np.concatenate([[0.5], np.arange(12) / 10])
    demand = Task(chain(), lanes=2, rate=rate).demand(np.arange(12) % 2, 2, 3)
    use = dict(zip(USE, demand.use, strict=True))
    assert use["neurons"].tolist() == use["axons"].tolist() == use["rows"].tolist() == [6, 6]
    assert use["synapse_words"].tolist() == [6, 6]
    heard_by_0, heard_by_1 = 0.5 + 0.1 + 0.3 + 0.5 + 0.7 + 0.9, 0 + 0.2 + 0.4 + 0.6 + 0.8 + 1
    assert demand.work.tolist() == pytest.approx([6 + heard_by_0, 6 + heard_by_1])
    # From core 0 to 1 one hop, from 1 to 0 two of a ring of three; the last neuron is heard by nobody.
    assert demand.traffic == pytest.approx((0 + 0.2 + 0.4 + 0.6 + 0.8 + 1.0) + 2 * (0.1 + 0.3 + 0.5 + 0.7 + 0.9))


def test_excess_is_a_share_of_the_limit() -> None:
    use = np.array([[6.0, 9.0], [1, 1], [1, 1], [1, 1], [1, 1]])
    assert excess(use, Room(neurons=6))[0].tolist() == [0, 0.5]
    assert not excess(use, Room()).any()


def test_rates_of_recordings() -> None:
    events, spikes = np.zeros((2, 4, 1), bool), np.zeros((2, 4, 2), bool)
    events[0], spikes[1, :2, 1] = True, True
    assert spikes_a_step(events, spikes).tolist() == [0.5, 0, 0.25]


def test_runs_of_each_number() -> None:
    assert grouped(np.array([0, 0, 2, 2, 2]), 4) == [slice(0, 2), slice(2, 2), slice(2, 5), slice(5, 5)]


def test_arguments() -> None:
    with pytest.raises(InputError, match="rate: expected 13 numbers of at least 0, one a source"):
        Task(chain(), rate=np.ones(12))
    with pytest.raises(InputError, match="rate: expected 13 numbers of at least 0, one a source"):
        Task(chain(), rate=-np.ones(13))
    with pytest.raises(InputError, match=r"limit: axons must be in 1\.\.16384, not 0"):
        Room(axons=0)
