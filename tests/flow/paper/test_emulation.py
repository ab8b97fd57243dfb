# SPDX-License-Identifier: Apache-2.0
"""flow.paper.emulation: events that the host sends again give the spikes of the network with delays."""

import numpy as np
import pytest

from flow.paper.emulation import emulate
from model.batch import GoldenBatch
from model.random_network import random_config, random_network


@pytest.mark.parametrize("seed", range(6))
def test_the_same_spikes_without_delays(seed: int) -> None:
    rng = np.random.default_rng(seed)
    network = random_network(rng, random_config(rng))
    events = rng.random((5, 20, network.axons)) < 0.3
    golden = GoldenBatch(network).run(events)
    emulated = emulate(network)
    sent = emulated.events(events, golden.spikes)
    again = GoldenBatch(emulated.network).run(sent)
    assert golden.spikes.any()
    assert (again.spikes == golden.spikes).all()
    assert (again.potential == golden.potential).all()


def test_an_axon_for_each_source_and_delay() -> None:
    rng = np.random.default_rng(1)
    network = random_network(rng, random_config(rng))
    emulated = emulate(network)
    pairs = set(zip(network.source.tolist(), network.delay.tolist(), strict=True))
    assert set(zip(emulated.source.tolist(), emulated.delay.tolist(), strict=True)) == pairs
    assert emulated.network.axons == len(pairs)
    assert not emulated.network.delay.any()
    assert (emulated.network.source < emulated.network.axons).all()
