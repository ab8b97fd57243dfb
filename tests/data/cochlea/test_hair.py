# SPDX-License-Identifier: Apache-2.0
"""The hair cell against plain equations, pinned values and the reference traces."""

import numpy as np
import pytest

from data.cochlea.hair import RESTING, spike_probability
from support.paths import ROOT
from tests.data.cochlea import slow

SHARED = ROOT.parent / "shared" / "data" / "cochlea"
PINNED = [2.1819627342e-2, 1.9125065851e-2, 1.7240237618e-2, 4.6413790740e-5]
"""Probabilities at steps 10, 60, 110 and 199 of a tone that swings by 60 cm/s."""


def test_against_the_plain_loop() -> None:
    rng = np.random.default_rng(5)
    # From silence to far louder than speech gets, with stretches where nothing passes the membrane.
    velocity = rng.standard_normal((6, 700)) * np.array([[0.0], [1.0], [20.0], [200.0], [3000.0], [1e6]])
    velocity[4, 200:400] = -50
    expected = [slow.hair_probability(row) for row in velocity]
    np.testing.assert_allclose(spike_probability(velocity), expected, rtol=1e-9, atol=1e-15)


def test_rest_is_a_fixed_point() -> None:
    np.testing.assert_allclose(spike_probability(np.zeros((1, 5000))), RESTING, rtol=1e-9)
    assert pytest.approx(0.00270, abs=5e-6) == RESTING


def test_adapts_to_a_step() -> None:
    velocity = np.zeros((1, 4800))
    velocity[0, 100:] = 200
    seen = spike_probability(velocity)[0]
    onset, late = seen[100:200].max(), seen[-1]
    assert onset > 5 * late > 5 * RESTING


def test_pinned_values() -> None:
    velocity = 60 * np.sin(np.arange(200)[None, :] / 4)
    np.testing.assert_allclose(spike_probability(velocity)[0, [10, 60, 110, 199]], PINNED, rtol=1e-6)


@pytest.mark.shared
@pytest.mark.parametrize("name", ["lang-english_speaker-00_trial-0_digit-1", "lang-german_speaker-04_trial-3_digit-7"])
def test_reference_traces(name: str) -> None:
    with np.load(SHARED / f"stages_{name}.npz") as stages:
        seen, expected = spike_probability(stages["bm_velocity"].astype(float)), stages["hair_prob"]
    error = np.sqrt(np.mean((seen - expected) ** 2, axis=1) / np.mean(expected**2, axis=1))
    assert error.max() < 1e-6
