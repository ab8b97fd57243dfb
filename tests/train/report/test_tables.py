# SPDX-License-Identifier: Apache-2.0
"""The networks in tables/, in training's integers and in the golden model: the same spikes, potentials and class."""

import json
import lzma
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch

from data.shd.reader import Recordings, Sample
from model.encoding import encode
from model.image.image import Image
from model.network import IntArray, Network, Reset
from support.paths import ROOT
from tests.train.layers.test_integer import compare
from train.layers.integer import IntegerLayer, IntegerNetwork, IntegerSynapses

TABLES = sorted((ROOT / "tables").glob("*.chx"))
DIGITS = ROOT.parent / "shared" / "data" / "hd_shd"
SAMPLES = 8


def layer_sizes(network: Network) -> list[int]:
    """Neurons are numbered layer by layer; a layer is as many synapses away from the axons as it has number."""
    distance = np.full(network.axons + network.neurons.count, -1)
    distance[: network.axons] = 0
    while (new := (distance[network.source] >= 0) & (distance[network.axons + network.target] < 0)).any():
        near = distance[network.source[new]].min()
        chosen = new & (distance[network.source] == near)
        distance[network.axons + network.target[chosen]] = near + 1
    hidden = distance[network.axons :]
    starts = [int(np.flatnonzero(hidden == number)[0]) for number in range(1, hidden.max() + 1)]
    return np.diff([*starts, network.neurons.count]).tolist()


def integers_of(network: Network) -> IntegerNetwork:
    """A network of the compiler as layers; every synapse has to go from one layer to the next, or onto itself."""
    sizes = [network.axons, *layer_sizes(network)]
    first = np.cumsum([0, *sizes])
    target = network.target + network.axons
    used = np.zeros(network.synapses, bool)
    layers = []
    for k in range(1, len(sizes)):
        groups = []
        for before in (k - 1, k):
            chosen = (np.searchsorted(first, network.source, "right") - 1 == before) & (
                np.searchsorted(first, target, "right") - 1 == k
            )
            used |= chosen
            delays, level = np.unique(network.delay[chosen], return_inverse=True)
            weight = np.zeros((len(delays), sizes[before], sizes[k]), np.int64)
            weight[level, network.source[chosen] - first[before], target[chosen] - first[k]] = network.weight[chosen]
            groups.append(IntegerSynapses(delays=tuple(delays.tolist()), weight=torch.from_numpy(weight)))
        part = slice(first[k] - network.axons, first[k + 1] - network.axons)
        [reset] = np.unique(network.neurons.reset[part])
        layers.append(IntegerLayer(
            synapses=groups[0], recurrent=groups[1] if groups[1].delays else None, reset=Reset(int(reset)),
            **{name: torch.from_numpy(getattr(network.neurons, name)[part].astype(np.int64))
               for name in ("alpha", "beta", "bias", "threshold")},
        ))  # fmt: skip
    assert used.all()
    assert (network.neurons.floor == network.neurons.vmin).all()
    return IntegerNetwork(layers=tuple(layers), readout=network.readout.kind, state_bits=network.neurons.state_bits)


@cache
def synthetic() -> list[Sample]:
    """Recordings of the embedded test set, spread over it."""
    with Recordings.open(ROOT / "data" / "synthetic_test.h5") as recordings:
        return [recordings.sample(int(i)) for i in np.linspace(0, len(recordings) - 1, SAMPLES)]


@cache
def digits() -> list[Sample]:
    """The first recordings of the re-encoded Heidelberg Digits' test set, as its unpack.py reads them."""
    meta = json.loads((DIGITS / "test.json").read_text())

    def read(name: str, length: int) -> IntArray:
        parts = []
        for part in ("lo", "hi"):
            with lzma.open(DIGITS / f"test_{name}_{part}.xz") as file:
                parts.append(np.frombuffer(file.read(length), np.uint8).astype(np.int64))
        return parts[0] | parts[1] << 8

    counts = read("count", SAMPLES * meta["channels"]).reshape(SAMPLES, -1)
    intervals = np.split(read("isi", int(counts.sum())), np.cumsum(counts.sum(1))[:-1])
    found = []
    for count, steps in zip(counts, intervals, strict=True):
        parts = np.split(steps, np.cumsum(count)[:-1])
        times = np.concatenate([np.cumsum(part) for part in parts]) * meta["tick_s"]
        found.append((times, np.repeat(np.arange(meta["channels"]), count)))
    return found


def test_there_are_networks() -> None:
    assert len(TABLES) >= 5


@pytest.mark.parametrize("source", [synthetic, pytest.param(digits, marks=pytest.mark.shared)])
@pytest.mark.parametrize("path", TABLES, ids=lambda path: path.stem)
def test_torch_and_golden_agree(path: Path, source: Callable[[], list[Sample]]) -> None:
    network = Image.load(path).network()
    assert network.encoding is not None
    rasters = np.stack([encode(*each, network.encoding) for each in source()])
    spikes = compare(integers_of(network), network, rasters)
    *hidden, _ = np.split(spikes, np.cumsum(layer_sizes(network))[:-1], axis=2)
    assert all(0.002 < layer.mean() < 0.5 for layer in hidden)
