# SPDX-License-Identifier: Apache-2.0
"""model.fabric.mapping: routes of a placement, and placements that are none."""

from dataclasses import replace

import numpy as np
import pytest

from model.fabric.bundle import Bundle
from model.fabric.golden import GoldenFabric
from model.fabric.mapping import deal_out, map_network
from model.golden import GoldenCore
from model.network import UNTIL_END, Network, Neurons, Readout
from support.errors import InputError
from tests.model.fabric.cases import case


def test_one_core_hears_nobody() -> None:
    bundle = case(3, cores=1, nodes=1).bundle
    (routes,) = bundle.routes
    assert (routes.senders, routes.listeners, routes.eos_hops) == (frozenset(), frozenset(), 0)
    assert not routes.hops.any()


def test_a_spike_goes_no_further_than_it_must() -> None:
    """Every neuron that others hear goes to the farthest of them, others nowhere."""
    made = case(5, cores=4, nodes=6)
    network, placement = made.network, made.placement
    inner = network.source >= network.axons
    source, target = network.source[inner] - network.axons, network.target[inner]
    hops = np.zeros(network.neurons.count, np.int64)
    np.maximum.at(hops, source, (placement[target] - placement[source]) % 6)
    for core in range(4):
        assert np.array_equal(made.bundle.routes[core].hops, hops[made.bundle.neurons(core)])


def test_refractory_periods_on_several_cores() -> None:
    """One core counts a period, the other one has it until the end of sample: builds have what both need."""
    neurons = Neurons(count=2, state_bits=14, threshold=5, refractory=[6, UNTIL_END])
    network = Network(axons=1, neurons=neurons, source=[0, 0, 1], target=[0, 1, 1], delay=[0, 1, 2], weight=[5, 5, 1],
                      readout=Readout(neurons=(0, 1)), max_steps=20)  # fmt: skip
    bundle = map_network(network, [0, 1])
    assert bundle.images[0].geometry.refractory_bits == 3
    assert [image.parameters["refractory"].tolist() for image in bundle.images] == [[6], [7]]
    assert Bundle.from_bytes(bundle.to_bytes()).network() == network
    events = [np.array([0])] * 12
    expected, seen = GoldenCore(network).run(events), GoldenFabric(bundle).run(events)
    assert np.array_equal(expected.spikes, seen.spikes)
    assert expected.spike_count.tolist() == [2, 1]
    without = replace(bundle.images[0].geometry, refractory_bits=0)
    reason = "refractory_bits: neuron 0 has a refractory period of 6 steps, the build has none"
    with pytest.raises(InputError, match=f"core 0: network does not fit the build: {reason}"):
        map_network(network, [0, 1], geometry=without)


def test_placements_that_are_none() -> None:
    network = case(1).network
    count = network.neurons.count
    with pytest.raises(InputError, match=f"placement: expected {count} integers, the core of each neuron"):
        map_network(network, np.zeros(count + 1, int))
    with pytest.raises(InputError, match="placement: expected cores 0 to 0, each with a neuron, not 1 to 1"):
        map_network(network, np.ones(count, int))
    with pytest.raises(InputError, match="placement: uses 2 cores, there are 1"):
        map_network(network, np.arange(count) % 2, nodes=1)


def test_what_does_not_fit_says_which_core() -> None:
    made = case(1, cores=2, nodes=2)
    geometry = replace(made.bundle.images[0].geometry, rows=1)
    with pytest.raises(InputError, match=r"core 0: network does not fit the build: .*rows: needs \d+, the build has 1"):
        map_network(made.network, made.placement, geometry=geometry)


@pytest.mark.parametrize(("axons", "fits"), [(65535, True), (65536, False)])
def test_most_axons_that_a_host_can_address(axons: int, fits: bool) -> None:
    """A span counts its sources in 16 bits: all of them have to fit where a core hears the first and the last."""
    network = Network(
        axons=axons,
        neurons=Neurons(count=1, state_bits=14, threshold=1),
        source=np.array([0, axons - 1]),
        target=np.zeros(2, int),
        delay=np.zeros(2, int),
        weight=np.ones(2, int),
        readout=Readout(neurons=(0,)),
        max_steps=9,
    )
    if fits:
        assert Bundle.from_bytes(map_network(network, [0]).to_bytes()).network() == network
    else:
        with pytest.raises(InputError, match="network: 65536 axons, a host can address 65535"):
            map_network(network, [0])


def test_an_image_is_dealt_out_over_cores_of_its_lanes() -> None:
    image = case(3, cores=1, nodes=1, lanes=3).bundle.images[0]
    bundle = deal_out(image, 3)
    assert bundle.cores == bundle.nodes == 3
    assert bundle.network() == image.network()
    assert {each.geometry.lanes for each in bundle.images} == {3}
    assert max(each.neurons_used for each in bundle.images) - min(each.neurons_used for each in bundle.images) <= 1
