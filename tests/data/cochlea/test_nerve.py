# SPDX-License-Identifier: Apache-2.0
"""Nerve fibres: exact where chance has no part, against 40 single fibres where it has."""

import numpy as np
import pytest

from data.cochlea import DEAD_SAMPLES, FIBRES
from data.cochlea.nerve import fibre_spikes
from tests.data.cochlea import slow


def test_certain_spikes_come_once_per_dead_time() -> None:
    for p in (1.0, 1.7):
        seen = fibre_spikes(np.full((2, 100), p), np.random.default_rng(1))
        expected = np.where(np.arange(100) % DEAD_SAMPLES == 0, FIBRES, 0)
        np.testing.assert_array_equal(seen, [expected, expected])


def test_no_spikes_at_zero_probability() -> None:
    assert not fibre_spikes(np.zeros((3, 1000)), np.random.default_rng(1)).any()


def test_never_more_spikes_than_fibres_in_a_dead_time() -> None:
    seen = fibre_spikes(np.full((20, 2000), 0.2), np.random.default_rng(2)).astype(int)
    total = np.cumsum(np.pad(seen, ((0, 0), (1, 0))), axis=1)
    assert (total[:, DEAD_SAMPLES:] - total[:, :-DEAD_SAMPLES]).max() <= FIBRES


@pytest.mark.parametrize("p", [0.003, 0.05, 0.5])
def test_distribution_is_that_of_single_fibres(p: float) -> None:
    steps, places = 240, 100
    probability = np.full((places, steps), p)
    probability[:, ::7] *= 0.3
    seen = fibre_spikes(probability, np.random.default_rng(3)).astype(float)
    rng = np.random.default_rng(4)
    single = np.array([slow.fibre_counts(row, rng) for row in probability], float)
    for at in (slice(0, 24), slice(24, 120), slice(120, 240)):
        a, b = seen[:, at].sum(axis=1), single[:, at].sum(axis=1)
        spread = np.sqrt((a.var() + b.var()) / places)
        assert abs(a.mean() - b.mean()) < 4 * spread + 1e-9
    # Counts of a single sample, too: mean and variance.
    assert seen.mean() == pytest.approx(single.mean(), rel=0.05)
    assert seen.var() == pytest.approx(single.var(), rel=0.1)


def test_seeded() -> None:
    probability = np.full((5, 300), 0.1)
    first, again, other = (fibre_spikes(probability, np.random.default_rng(seed)) for seed in (7, 7, 8))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()
