# SPDX-License-Identifier: Apache-2.0
"""Random networks fit, repeat, and reach every corner that benches rely on."""

from collections import Counter

import numpy as np

from model.batch import GoldenBatch
from model.mapping.compiler import compile_network
from model.network import UNTIL_END, Network, Reset
from model.random_network import random_config, random_layers, random_network, random_raster
from tests.model.examples import build, network


def _many() -> list[Network]:
    networks = []
    for seed in range(80):
        rng = np.random.default_rng(seed)
        config = random_config(rng)
        networks.append(random_network(rng, config, density=rng.random(), full=bool(seed % 2)))
        compile_network(networks[-1], config)
        if seed % 2:
            assert (networks[-1].neurons.count, networks[-1].axons) == (config.neurons, config.axons)
    return networks


def test_all_fit_and_all_corners_are_reached() -> None:
    reached: Counter[str] = Counter()
    for net in _many():
        reached.update(_corners(net))
    for corner, count in reached.items():
        assert count >= 5, corner


def _corners(net: Network) -> dict[str, int]:
    pairs = np.stack([net.source, net.target])
    result = GoldenBatch(net).run(np.ones((1, 15, net.axons), np.bool_))
    corners = {
        "delay 0": (net.delay == 0).any(),
        "recurrent": (net.source >= net.axons).any(),
        "self": (net.source - net.axons == net.target).any(),
        "several delays": np.unique(pairs, axis=1).shape[1] < net.synapses,
        "lonely source": len(np.unique(net.source)) < net.axons + net.neurons.count,
        "silent": (result.spike_count == 0).any(),
        "saturated": (result.potential == net.neurons.vmax).any(),
        "busy": (result.spike_count == 15).any(),
        "no leak of the current": (net.neurons.beta == 4096).any(),
        "refractory": ((net.neurons.refractory > 0) & (result.spike_count > 1)).any(),
        "one spike a sample": ((net.neurons.refractory == UNTIL_END) & (result.spike_count == 1)).any(),
    }
    return {corner: int(count) for corner, count in corners.items()}


def test_the_same_seed_gives_the_same() -> None:
    one, other = (random_network(np.random.default_rng(7), build()) for _ in range(2))
    assert one == other
    assert one != random_network(np.random.default_rng(8), build())
    assert random_config(np.random.default_rng(7)) == random_config(np.random.default_rng(7))
    assert random_config(np.random.default_rng(7), lanes=16).lanes == 16


def test_rasters_have_their_rate_and_its_extremes() -> None:
    rng = np.random.default_rng(0)
    net = network([], axons=50)
    assert not random_raster(rng, net, 30, 0.0).any()
    assert random_raster(rng, net, 30, 1.0).all()
    raster = random_raster(rng, net, 1000, 0.2)
    assert raster.shape == (1000, 50)
    assert 0.2 < raster.mean() < 0.35
    assert (raster.sum(1) == 50).any()
    assert (raster.sum(1) == 0).any()


def test_layers_have_their_shape() -> None:
    net = random_layers(np.random.default_rng(0), sizes=(9, 6, 4), delays=(1, 3, 5, 7), kept=2)
    assert (net.axons, net.neurons.count, net.readout.neurons) == (9, 10, (6, 7, 8, 9))
    first = net.source < 9
    assert (net.delay[first] == 0).all()
    assert (net.target[first] < 6).all()
    assert (net.target[~first] >= 6).all()
    assert (net.source[~first] < 9 + 6).all()
    assert set(net.delay[~first]) == {1, 3, 5, 7}
    assert (np.unique(np.stack([net.source, net.target])[:, ~first], axis=1, return_counts=True)[1] <= 2).all()
    assert (net.neurons.reset[6:] == Reset.NONE).all()
