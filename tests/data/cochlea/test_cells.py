# SPDX-License-Identifier: Apache-2.0
"""Places side by side: each stage against the plain one, the three together in distribution."""

from math import comb

import numpy as np
import pytest

from data.cochlea import FIBRES, bushy, hair, nerve
from data.cochlea.cells import (
    CHUNK,
    LANES,
    WORDS,
    bushy_cells,
    cell_spikes,
    fibre_counts,
    fibre_state,
    hair_state,
    probabilities,
    uniforms,
)


def streams(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(1 << 32, size=WORDS * LANES, dtype=np.uint32)


def counted(p: np.ndarray, seed: int) -> np.ndarray:
    """New spikes of the fibres, (steps, LANES) as ``p``."""
    words, state, counts, draws = streams(seed), fibre_state(), np.zeros((CHUNK, LANES), np.float32), np.empty_like(p)
    result = np.empty_like(p)
    for begin in range(0, len(p), CHUNK):
        uniforms(draws[:CHUNK], words)
        fibre_counts(p[begin : begin + CHUNK], draws[:CHUNK], counts, state)
        result[begin : begin + CHUNK] = counts
    return result


def test_hair_cells() -> None:
    rng = np.random.default_rng(5)
    loudness = np.geomspace(0.01, 1e6, LANES)
    loudness[0] = 0
    velocity = rng.standard_normal((30 * CHUNK, LANES)) * loudness
    velocity[5 * CHUNK : 10 * CHUNK] -= loudness
    seen, state = velocity.astype(np.float32), hair_state()
    for begin in range(0, len(seen), CHUNK):
        probabilities(seen[begin : begin + CHUNK], state)
    expected = hair.spike_probability(np.ascontiguousarray(velocity.T)).T
    np.testing.assert_allclose(seen, expected, rtol=1e-4, atol=1e-9)
    # What the nerve can take.
    assert expected.max() < 0.6


def test_rest_does_not_drift() -> None:
    state = hair_state()
    for _ in range(1000):
        values = np.zeros((CHUNK, LANES), np.float32)
        probabilities(values, state)
    np.testing.assert_allclose(values, hair.RESTING, rtol=1e-4)


def test_bushy_cells() -> None:
    rng = np.random.default_rng(6)
    counts = rng.binomial(FIBRES, np.geomspace(0.001, 0.9, LANES), (50 * CHUNK, LANES))
    seen, state = counts.astype(np.float32), np.zeros(3 * LANES, np.float32)
    for begin in range(0, len(seen), CHUNK):
        chunk = seen[begin : begin + CHUNK]
        bushy_cells(chunk.copy(), chunk, state)
    expected = bushy.cell_spikes(np.ascontiguousarray(counts.T).astype(np.uint8)).T
    np.testing.assert_array_equal(seen == 1, expected)
    assert expected.sum() > 1000


def test_uniforms() -> None:
    words, draws = streams(1), np.empty((CHUNK, LANES), np.float32)
    seen = np.empty((100 * CHUNK, LANES))
    for begin in range(0, len(seen), CHUNK):
        uniforms(draws, words)
        seen[begin : begin + CHUNK] = draws
    assert seen.min() >= 0
    assert seen.max() < 1
    counts = np.histogram(seen, 64, (0, 1))[0]
    assert ((counts - seen.size / 64) ** 2 / (seen.size / 64)).sum() < 63 + 5 * np.sqrt(2 * 63)
    # Neither do the places resemble each other, nor a step the one before.
    likeness = np.corrcoef(seen.T) - np.eye(LANES)
    assert np.abs(likeness).max() < 5 / np.sqrt(len(seen))
    assert abs(np.corrcoef(seen[1:].ravel(), seen[:-1].ravel())[0, 1]) < 5 / np.sqrt(seen.size)


def test_uniforms_by_hand() -> None:
    """The first words of xoshiro128+ from the state 1, 2, 3, 4, counted in whole numbers."""
    state, mask, expected = [1, 2, 3, 4], 0xFFFFFFFF, []
    for _ in range(CHUNK):
        expected.append((state[0] + state[3] & mask) >> 8)
        shifted = state[1] << 9 & mask
        state[2] ^= state[0]
        state[3] ^= state[1]
        state[1] ^= state[2]
        state[0] ^= state[3]
        state[2] ^= shifted
        state[3] = (state[3] << 11 | state[3] >> 21) & mask
    draws = np.empty((CHUNK, LANES), np.float32)
    uniforms(draws, np.repeat(np.array([1, 2, 3, 4], np.uint32), LANES))
    np.testing.assert_array_equal(draws[:, 7] * 2**24, expected)


def test_no_spikes_at_zero_probability() -> None:
    assert not counted(np.zeros((10 * CHUNK, LANES), np.float32), 1).any()


def test_a_draw_is_the_inverse_of_the_distribution() -> None:
    """Draws on a grid give every number as often as the binomial distribution says, to the width of the grid."""
    points = np.arange(CHUNK * LANES).reshape(CHUNK, LANES) / (CHUNK * LANES)
    for p in (0.0027, 0.05, 0.3, 0.6, 0.85):
        # All fibres are ready at every step: none has spiked before, and what spikes comes back.
        seen = np.empty((CHUNK, LANES))
        for step in range(CHUNK):
            values, draws = np.zeros((2, CHUNK, LANES), np.float32)
            values[0], draws[0] = p, points[step]
            counts = np.zeros((CHUNK, LANES), np.float32)
            fibre_counts(values, draws, counts, fibre_state())
            seen[step] = counts[0]
        exact = np.cumsum([_binomial(k, p) for k in range(FIBRES + 1)])
        below = np.array([(seen <= k).mean() for k in range(FIBRES + 1)])
        assert np.abs(below - exact).max() < 1.01 / (CHUNK * LANES)


def _binomial(k: int, p: float) -> float:
    return float(comb(FIBRES, k) * p**k * (1 - p) ** (FIBRES - k))


@pytest.mark.parametrize("p", [0.003, 0.05, 0.5])
def test_distribution_is_that_of_the_plain_nerve(p: float) -> None:
    rows = np.full((30 * CHUNK, LANES), p, np.float32)
    rows[::7] *= 0.3
    seen = counted(rows, 3)
    expected = nerve.fibre_spikes(np.ascontiguousarray(rows.T, np.float64), np.random.default_rng(4)).T.astype(float)
    for at in (slice(0, CHUNK), slice(CHUNK, 5 * CHUNK), slice(5 * CHUNK, 30 * CHUNK)):
        a, b = seen[at].sum(axis=0), expected[at].sum(axis=0)
        assert abs(a.mean() - b.mean()) < 4 * np.sqrt((a.var() + b.var()) / LANES) + 1e-9
    assert seen.mean() == pytest.approx(expected.mean(), rel=0.03)
    assert seen.var() == pytest.approx(expected.var(), rel=0.06)


def test_never_more_spikes_than_fibres_in_a_dead_time() -> None:
    total = np.cumsum(np.pad(counted(np.full((90 * CHUNK, LANES), 0.2, np.float32), 2), ((1, 0), (0, 0))), axis=0)
    most = (total[CHUNK:] - total[:-CHUNK]).max()
    assert 30 < most <= FIBRES


def drive(steps: int) -> np.ndarray:
    """Velocities (LANES, steps) from silence to loud, that swing and pause."""
    t = np.arange(steps) / 24_000
    loudness, hertz = np.linspace(0, 150, LANES)[:, None], np.geomspace(100, 3000, LANES)[:, None]
    return loudness * np.sin(2 * np.pi * hertz * t) * (np.sin(2 * np.pi * 12 * t) > 0)


def test_spikes_are_those_of_the_plain_stages_in_distribution() -> None:
    """Spikes of each place, early and late, over 40 draws each."""
    steps, draws = 2400, 40
    velocity = drive(steps)
    probability = hair.spike_probability(velocity)
    counts = np.zeros((2, draws, LANES, 4))
    for draw in range(draws):
        step, place = cell_spikes((velocity.astype(np.float32),), steps, streams(draw))
        np.add.at(counts[0, draw], (place, step * 4 // steps), 1)
        fired = bushy.cell_spikes(nerve.fibre_spikes(probability, np.random.default_rng(draw)))
        rows, columns = np.nonzero(fired)
        np.add.at(counts[1, draw], (rows, columns * 4 // steps), 1)
    totals = counts.sum(axis=(2, 3))
    assert totals.mean(axis=1).min() > 500
    assert abs(totals[0].mean() - totals[1].mean()) < 4 * np.sqrt(totals.var(axis=1).sum() / draws)
    spread = np.sqrt(counts.var(axis=1).sum(axis=0) / draws)
    far = (counts[0].mean(axis=0) - counts[1].mean(axis=0)) / np.maximum(spread, 0.05)
    assert np.abs(far).max() < 4.5
    assert (far**2).mean() < 1.3


@pytest.mark.parametrize("steps", [1, 23, 24, 25, 1000])
def test_form(steps: int) -> None:
    velocity = drive(1200).astype(np.float32)
    step, place = cell_spikes((velocity,), steps, streams(1))
    keys = list(zip(step.tolist(), place.tolist(), strict=True))
    assert keys == sorted(set(keys))
    assert all(0 <= s < steps for s in step)
    # What comes later changes nothing.
    longer = cell_spikes((velocity,), 1200, streams(1))
    assert keys == [key for key in zip(*(each.tolist() for each in longer), strict=True) if key[0] < steps]


def test_places_and_blocks() -> None:
    """Every place has its own stream: neither the blocks nor the other places matter."""
    velocity = drive(2400).astype(np.float32)
    step, place = cell_spikes((velocity,), 2400, streams(1))
    some = cell_spikes((velocity[:20], velocity[20:40]), 2400, streams(1))
    assert len(some[0]) > 100
    np.testing.assert_array_equal(some[0], step[place < 40])
    np.testing.assert_array_equal(some[1], place[place < 40])
