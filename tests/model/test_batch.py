# SPDX-License-Identifier: Apache-2.0
"""The batched golden core gives what the golden core gives, one sample after another."""

import dataclasses

import numpy as np
import pytest

from benchmarks.golden import measure
from model.batch import GoldenBatch
from model.golden import GoldenCore
from model.network import Network, Readout, ReadoutKind
from model.random_network import random_config, random_layers, random_network, random_raster
from model.result import Result
from support.errors import InputError
from tests.model.examples import full_network, network


def assert_same(net: Network, rasters: np.ndarray) -> Result:
    together, core = GoldenBatch(net).run(rasters), GoldenCore(net)
    for number, raster in enumerate(rasters):
        alone = core.run(raster)
        for field in dataclasses.fields(Result):
            one, other = getattr(alone, field.name), getattr(together, field.name)[number]
            assert one.dtype == other.dtype
            assert np.array_equal(one, other), f"{field.name} of sample {number}"
    return together


@pytest.mark.parametrize("seed", range(60))
def test_random_networks(seed: int) -> None:
    rng = np.random.default_rng(seed)
    net = random_network(rng, random_config(rng), density=rng.random())
    rates = rng.choice([0.0, 0.05, 0.5, 1.0], 4)
    assert_same(net, np.stack([random_raster(rng, net, 25, rate) for rate in rates]))


def test_layers_with_15_delays_a_pair() -> None:
    rng = np.random.default_rng(1)
    net = random_layers(rng)
    result = assert_same(net, rng.random((4, 66, 700)) < 0.02)
    assert result.spike_count[:, :96].sum() > 1000


def test_more_samples_than_run_together() -> None:
    rng = np.random.default_rng(2)
    net = full_network()
    assert_same(net, rng.random((1100, 3, 3)) < 0.5)


@pytest.mark.parametrize(
    ("weight", "dtype"), [((1 << 24) - 2, np.float32), ((1 << 24) - 1, np.float64), ((1 << 40) + 1, np.float64)]
)
def test_sums_are_exact_beside_the_limits_of_the_dtype(weight: int, dtype: type) -> None:
    # The largest partial sum is weight + 1; single precision would lose the 1 of larger ones.
    net = network([(0, 0, 0, weight), (1, 0, 0, 1)], state_bits=31, threshold=1 << 30, max_steps=4, beta=4096)
    assert GoldenBatch(net).dtype is dtype
    assert_same(net, np.ones((1, 4, 2), np.bool_))


def test_a_network_without_synapses_and_samples_without_steps() -> None:
    net = network([], threshold=0)
    assert_same(net, np.ones((2, 5, 2), np.bool_))
    assert_same(net, np.ones((2, 0, 2), np.bool_))
    assert GoldenBatch(net).run(np.ones((0, 5, 2), np.bool_)).spikes.shape == (0, 5, 3)


def test_a_readout_of_no_neurons_has_no_class() -> None:
    assert assert_same(network([], readout=Readout(neurons=())), np.ones((2, 5, 2), np.bool_)).predicted.tolist() == [
        -1,
        -1,
    ]


def test_lost_spikes_reach_no_synapse() -> None:
    """Two layers at once, with losses between them, are the second layer alone, played what was left of the first."""
    rng = np.random.default_rng(3)
    first = [(a, h, 0, int(rng.integers(1, 9))) for a in range(6) for h in range(5)]
    second = [(h, o, d, int(rng.integers(-9, 9)) or 1) for h in range(5) for o in range(3) for d in (1, 2, 5)]
    both = network(
        [*first, *((6 + h, 5 + o, d, w) for h, o, d, w in second)],
        axons=6, count=8, alpha=3000, threshold=[12] * 5 + [3] * 3, readout=Readout(neurons=(5, 6, 7)),
    )  # fmt: skip
    alone = network(second, axons=5, count=3, alpha=3000, threshold=3)
    rasters = rng.random((700, 20, 6)) < 0.3
    lost = rng.random((700, 20, 8)) < 0.4
    whole = GoldenBatch(both).run(rasters)
    seen = GoldenBatch(both).run(rasters, lost)
    # The first layer gets nothing from neurons; its spikes count although some are lost.
    assert np.array_equal(seen.spikes[:, :, :5], whole.spikes[:, :, :5])
    left = seen.spikes[:, :, :5] & ~lost[:, :, :5]
    assert 0 < left.sum() < seen.spikes[:, :, :5].sum()
    expected = GoldenBatch(alone).run(left)
    for name in ("spikes", "potential", "potential_sum"):
        assert np.array_equal(getattr(seen, name)[..., 5:], getattr(expected, name))
    assert np.array_equal(seen.predicted, expected.predicted)
    assert not np.array_equal(seen.potential_sum, whole.potential_sum)
    into_first = GoldenBatch(network(first, axons=6, count=5)).run(rasters).synaptic_operations
    assert np.array_equal(seen.synaptic_operations, into_first + expected.synaptic_operations)


def test_nothing_lost_changes_nothing() -> None:
    rng = np.random.default_rng(4)
    net = random_network(rng, random_config(rng), density=0.7)
    rasters = np.stack([random_raster(rng, net, 25, 0.5) for _ in range(4)])
    without, nothing = (
        GoldenBatch(net).run(rasters, lost) for lost in (None, np.zeros((4, 25, net.neurons.count), bool))
    )
    for field in dataclasses.fields(Result):
        assert np.array_equal(getattr(without, field.name), getattr(nothing, field.name))


@pytest.mark.parametrize("samples", [0, 1, 3])
@pytest.mark.parametrize("kind", list(ReadoutKind))
def test_samples_of_no_steps_are_all_zero(samples: int, kind: ReadoutKind) -> None:
    """As the contract says, and as the golden core does."""
    net = dataclasses.replace(full_network(), readout=dataclasses.replace(full_network().readout, kind=kind))
    seen = GoldenBatch(net).run(np.zeros((samples, 0, 3), np.bool_))
    one = GoldenCore(net).run(np.zeros((0, 3), np.bool_))
    assert seen.spikes.shape == (samples, 0, 5)
    for field in dataclasses.fields(Result):
        value = getattr(seen, field.name)
        assert not value.any()
        assert np.array_equal(value, np.stack([getattr(one, field.name)] * samples) if samples else value)
    lost = np.zeros((samples, 0, 5), np.bool_)
    assert np.array_equal(GoldenBatch(net).run(np.zeros((samples, 0, 3), np.bool_), lost).predicted, seen.predicted)


def test_bad_samples_are_refused() -> None:
    batch = GoldenBatch(full_network())
    with pytest.raises(InputError, match=r"samples: expected shape \(samples, steps, 3\), not \(2, 5, 4\)"):
        batch.run(np.zeros((2, 5, 4), np.bool_))
    with pytest.raises(InputError, match=r"samples: expected bool or integers, not float64"):
        batch.run(np.zeros((2, 5, 3)))
    with pytest.raises(InputError, match=r"samples: expected 0 and 1 only, as a source fires at most once in a step"):
        batch.run(np.full((2, 5, 3), 2, np.uint8))
    with pytest.raises(InputError, match=r"lost spikes: expected bool of shape \(2, 5, 5\), not int64 of \(2, 5, 5\)"):
        batch.run(np.zeros((2, 5, 3), np.bool_), np.zeros((2, 5, 5), np.int64))
    with pytest.raises(InputError, match=r"lost spikes: expected bool of shape \(2, 5, 5\), not bool of \(2, 5, 3\)"):
        batch.run(np.zeros((2, 5, 3), np.bool_), np.zeros((2, 5, 3), np.bool_))
    with pytest.raises(InputError, match=r"samples of at most 77 steps, not 78"):
        batch.run(np.zeros((2, 78, 3), np.bool_))
    with pytest.raises(InputError, match=r"weights too large"):
        GoldenBatch(network([(0, 0, 0, 1 << 52)]))


def test_the_batch_is_many_times_faster() -> None:
    rates = measure(samples=300, single=5)
    assert rates.agree
    assert rates.ratio > 5
