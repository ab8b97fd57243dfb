# SPDX-License-Identifier: Apache-2.0
"""flow.silicon.joints: the memories of a node as Yosys finds them, and their accesses against the RTL's enables."""

from collections import Counter

import numpy as np
import pytest

from flow.silicon.joints import core_events, joint_accesses, joint_memories
from flow.silicon.memories import found_memories, memories
from model.batch import GoldenBatch
from model.cost.memories import MemoryName
from model.cost.timing import ROW_QUEUE
from model.encoding import to_events
from model.fabric.bundle import Bundle
from model.fabric.cycles import FabricCycleModel
from model.fabric.mapping import map_network
from model.mapping.partition import dealt
from model.network import Network
from model.random_network import random_config, random_network
from rtl.fabric.fabric import Fabric


@pytest.fixture(scope="module")
def mapped() -> tuple[Network, Bundle]:
    rng = np.random.default_rng(3)
    network = random_network(rng, random_config(rng))
    return network, map_network(network, dealt(network, 3))


def test_what_yosys_finds(mapped: tuple[Network, Bundle]) -> None:
    config = mapped[1].config(input_depth=20)
    expected: Counter[tuple[int, int]] = Counter()
    for core in config.cores:
        for each in memories(core):
            expected[each.depth, each.width] += each.copies
    for each in joint_memories(config):
        expected[each.depth, each.width] += config.nodes
    found = Counter(
        (each.depth, each.width) for each in found_memories(Fabric(config), "fabric") if each.name != "history flags"
    )
    assert expected - found == Counter()
    # Besides these there are queues in flip-flops: of rows in each core, of two tokens in links and collectors.
    assert {depth for depth, _ in found - expected} <= {2, ROW_QUEUE}


def test_accesses_of_a_sample(mapped: tuple[Network, Bundle]) -> None:
    network, bundle = mapped
    rng = np.random.default_rng(5)
    events = rng.random((1, 15, network.axons)) < 0.3
    spikes = GoldenBatch(network).run(events).spikes[0]
    assert spikes.any()
    cycles = FabricCycleModel(bundle, bundle.config()).sample(to_events(events[0]), bundle.fired(spikes))
    for core in range(bundle.cores):
        found = joint_accesses(bundle, core, events[0], spikes, cycles.ring_tokens)
        fed = core_events(bundle, core, events[0], spikes)
        source = bundle.sources(core)
        inner = source >= bundle.axons
        assert found[MemoryName.INBOX].reads == fed[:, inner].sum()
        assert found[MemoryName.WAITING].writes == fed[:, ~inner].sum() + 15 + 1
        assert found[MemoryName.SPANS].reads == cycles.ring_tokens[core - 1] + events.sum() + 15 + 1
        assert found[MemoryName.HOPS].reads == spikes[:, bundle.neurons(core)].sum() + 15 + 1


def test_events_of_a_core_give_it_the_spikes_of_the_network(mapped: tuple[Network, Bundle]) -> None:
    network, bundle = mapped
    rng = np.random.default_rng(6)
    events = rng.random((1, 15, network.axons)) < 0.3
    spikes = GoldenBatch(network).run(events).spikes[0]
    for core, image in enumerate(bundle.images):
        alone = image.network()
        own = core_events(bundle, core, events[0], spikes)
        seen = GoldenBatch(alone).run(own[None]).spikes[0]
        assert (seen == spikes[:, bundle.numbers[core]]).all()
