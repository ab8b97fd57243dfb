# SPDX-License-Identifier: Apache-2.0
"""model.imperfect.codebook: the best levels there are, and networks that compile with them."""

from itertools import combinations

import numpy as np
import pytest

from model.imperfect.codebook import best_levels, with_codebook
from model.mapping.compiler import compile_network, fit
from model.network import Network, Neurons, Readout
from support.errors import InputError


def error(values: np.ndarray, counts: np.ndarray, levels: np.ndarray) -> float:
    return float((counts * np.square(values[:, None] - levels).min(1)).sum())


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("levels", [1, 2, 3, 4])
def test_the_best_of_all_ways_to_split(seed: int, levels: int) -> None:
    rng = np.random.default_rng(seed)
    values = np.unique(rng.integers(-30, 30, 12)).astype(float)
    counts = rng.integers(1, 9, len(values))
    least = np.inf
    for cuts in combinations(range(1, len(values)), levels - 1):
        parts = np.split(np.arange(len(values)), cuts)
        means = np.array([np.average(values[part], weights=counts[part]) for part in parts])
        least = min(least, error(values, counts, means))
    assert error(values, counts, best_levels(values, counts, levels)) == pytest.approx(least)


def test_few_values_stay() -> None:
    assert best_levels([1.0, 5.0], [3, 1], 4).tolist() == [1.0, 5.0]


def dense(seed: int) -> Network:
    rng = np.random.default_rng(seed)
    axons, count = 20, 16
    source, target = (each.ravel() for each in np.meshgrid(np.arange(axons + count), np.arange(count)))
    return Network.without_zeros(
        source=source, target=target, delay=np.full(len(source), 1),
        weight=np.clip(np.rint(rng.standard_normal(len(source)) * 35), -127, 127).astype(np.int64), axons=axons,
        neurons=Neurons(count=count, threshold=500), readout=Readout(neurons=(0, 1)), max_steps=100,
    )  # fmt: skip


@pytest.mark.parametrize("entries", [2, 3, 8, 16])
def test_a_network_with_a_codebook(entries: int) -> None:
    network = dense(1)
    assert len(np.unique(network.weight)) > 40
    found = with_codebook(network, entries)
    assert len(np.unique(np.append(found.weight, 0))) <= entries
    place = {key: k for k, key in enumerate(zip(network.source, network.target, network.delay, strict=True))}
    at = [place[key] for key in zip(found.source, found.target, found.delay, strict=True)]
    # Each weight is at the nearest entry; those that are gone are nearest to 0.
    table = np.unique(np.append(found.weight, 0))
    distance = np.abs(network.weight[:, None] - table).min(1)
    assert (np.abs(found.weight - network.weight[at]) == distance[at]).all()
    gone = np.setdiff1d(np.arange(network.synapses), at)
    assert (np.abs(network.weight[gone]) == distance[gone]).all()


def test_it_compiles_and_comes_back() -> None:
    found = with_codebook(dense(2))
    config = fit(found, codebook=True)
    assert config.weight_bits == 4
    assert compile_network(found, config).network() == found


def test_better_than_equal_steps() -> None:
    network = dense(3)
    found = with_codebook(network)
    total = np.zeros(256)
    np.add.at(total, network.weight + 128, 1)
    values = np.flatnonzero(total) - 128.0
    ours = error(values, total[total > 0], np.unique(np.append(found.weight, 0)).astype(float))
    steps = [np.rint(np.arange(-8, 8) * step) for step in np.arange(1, 18, 0.25)]
    assert ours < min(error(values, total[total > 0], each) for each in steps)


def test_few_weights_stay_as_they_are() -> None:
    network = with_codebook(dense(1), 4)
    assert with_codebook(network, 8) is network


@pytest.mark.parametrize("entries", [1, 17])
def test_refused(entries: int) -> None:
    with pytest.raises(InputError, match=rf"^codebook: entries must be in 2\.\.16, not {entries}"):
        with_codebook(dense(1), entries)
