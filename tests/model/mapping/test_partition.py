# SPDX-License-Identifier: Apache-2.0
"""model.mapping.partition: the cores together are the network."""

import re
from dataclasses import replace

import numpy as np
import pytest

from model.batch import GoldenBatch
from model.config import preset
from model.mapping.partition import partition, shares, spans
from model.network import Readout
from model.random_network import random_config, random_network, random_raster
from support.errors import InputError


@pytest.mark.parametrize(("neurons", "cores"), [(1, 1), (10, 3), (116, 7), (5, 5)])
def test_spans_are_consecutive_and_of_equal_length_but_for_one(neurons: int, cores: int) -> None:
    parts = spans(neurons, cores)
    assert [n for first, end in parts for n in range(first, end)] == list(range(neurons))
    lengths = {end - first for first, end in parts}
    assert len(parts) == cores
    assert max(lengths) - min(lengths) <= 1


@pytest.mark.parametrize("seed", range(12))
def test_the_cores_together_are_the_network(seed: int) -> None:
    """Each core, given the input and what the others sent, a step later, fires as the whole network does."""
    rng = np.random.default_rng(seed)
    network = random_network(rng, random_config(rng, neurons=24, axons=9), full=True)
    raster = random_raster(rng, network, 40)
    whole = GoldenBatch(network).run(raster[None]).spikes[0]
    sent = np.concatenate([raster, np.zeros_like(whole)], axis=1)
    sent[1:, network.axons :] = whole[:-1]
    cores = int(rng.integers(2, 6))
    parts = partition(network, cores)
    assert sum(part.synapses for part in parts) == network.synapses
    for part, share in zip(parts, shares(24, cores), strict=True):
        here = np.isin(network.target, share)
        own = network.axons + share
        outside = np.setdiff1d(network.source[here], own)
        seen = sent[:, outside] if len(outside) else np.zeros((len(raster), 1), raster.dtype)
        got = GoldenBatch(replace(part, readout=Readout(neurons=(0,)))).run(seen[None]).spikes[0]
        assert np.array_equal(got, whole[:, share])


def test_one_core_has_the_network_itself() -> None:
    rng = np.random.default_rng(1)
    network = random_network(rng, preset("odd"))
    assert partition(network, 1) == [network]


@pytest.mark.parametrize("cores", [0, -1, 14])
def test_fewer_cores_than_one_and_more_than_neurons(cores: int) -> None:
    network = random_network(np.random.default_rng(1), preset("odd"), full=True)
    message = f"cores must be in 1..{network.neurons.count}, the number of neurons, not {cores}"
    with pytest.raises(InputError, match=re.escape(message)):
        partition(network, cores)
