# SPDX-License-Identifier: Apache-2.0
"""The membrane for padded lengths: against the one in double precision and with the transfer function itself."""

import numpy as np
import pytest
from scipy.fft import next_fast_len

from data.cochlea import padded
from data.cochlea.audio import conditioned
from data.cochlea.membrane import PLACES, Membrane
from data.cochlea.padded import PaddedMembrane, padded_steps
from tests.data.cochlea.test_membrane import chirp, error


def test_lengths_are_few_and_quick() -> None:
    lengths = [padded_steps(steps) for steps in range(1, 240_002, 7)]
    assert len(set(lengths)) <= 41
    for steps, length in zip(range(1, 240_002, 7), lengths, strict=True):
        assert steps <= length <= steps + 6000 + 0.05 * steps
        assert next_fast_len(length, real=True) == length
    # The lengths of words.
    assert sorted(set(lengths))[:6] == [6000, 12_000, 18_000, 24_000, 30_000, 36_000]


@pytest.mark.parametrize("steps", [2400, 2401, 6000])
def test_velocity_is_that_of_the_membrane(steps: int) -> None:
    """Even and odd numbers of steps, a sound that reaches all places, another that is shorter than the membrane."""
    membrane, samples = PaddedMembrane(steps), 2 * (steps - 1)
    assert membrane.samples == samples
    noise = np.random.default_rng(1).standard_normal(samples)
    for sound in (conditioned(noise), conditioned(chirp(samples // 2))):
        seen = np.concatenate(list(membrane.velocities(sound)))
        assert seen.dtype == np.float32
        assert seen.shape == (len(PLACES), steps)
        whole = np.pad(sound, (0, samples - len(sound)))
        expected = np.concatenate(list(Membrane(samples).velocities(whole)))
        assert error(seen, expected).max() < 1e-5


def test_tables_that_are_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    sound = conditioned(chirp(4000))
    kept = list(PaddedMembrane(2400).velocities(sound))
    monkeypatch.setattr(padded, "_KEPT_STEPS", 1000)
    membrane = PaddedMembrane(2400)
    for _ in range(2):
        for one, other in zip(membrane.velocities(sound), kept, strict=True):
            np.testing.assert_array_equal(one, other)
