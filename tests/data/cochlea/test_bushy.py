# SPDX-License-Identifier: Apache-2.0
"""Bushy cells against a plain loop and by hand."""

import numpy as np

from data.cochlea.bushy import cell_spikes
from tests.data.cochlea import slow


def test_against_the_plain_loop() -> None:
    rng = np.random.default_rng(6)
    counts = np.stack([rng.binomial(40, p, 3000) for p in (0, 0.002, 0.01, 0.05, 0.3, 1)]).astype(np.uint8)
    seen = cell_spikes(counts)
    for row, spikes in zip(counts, seen, strict=True):
        assert np.flatnonzero(spikes).tolist() == slow.bushy_steps(row)
    rates = seen.sum(axis=1)
    assert rates[0] == 0
    assert (np.diff(rates[1:]) >= 0).all()
    assert rates[3] > 50


def test_one_volley_by_hand() -> None:
    # 40 spikes: V = 0.542, then 0.542 * 0.959 + 0.498 > 1 at step 1, recorded at step 2.
    counts = np.zeros((1, 60), np.uint8)
    counts[0, 0] = 40
    assert np.flatnonzero(cell_spikes(counts)).tolist() == [2]


def test_blocked_for_a_millisecond() -> None:
    # Driven as hard as can be: reaches 1 in the first free step (2 or 26 or ...), so the period is 25.
    steps = np.flatnonzero(cell_spikes(np.full((1, 200), 40, np.uint8)))
    assert np.diff(steps).tolist() == [25] * (len(steps) - 1)
