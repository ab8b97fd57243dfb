# SPDX-License-Identifier: Apache-2.0
"""The basilar membrane against plain equations, pinned values and the reference traces."""

import numpy as np
import pytest
import soundfile

from data.cochlea.audio import HALF, conditioned
from data.cochlea.membrane import PLACES, Membrane, frequencies, transfer
from support.paths import ROOT
from tests.data.cochlea import slow

SHARED = ROOT.parent / "shared" / "data" / "cochlea"
CHANNELS = [0, 50, 333, 699]
PINNED = [
    [1.48791697, 1.99384691, -1.37932722],
    [2.24351649, -6.96761778e-1, -5.92737597e-1],
    [-1.84343366e-3, -2.57241040e-2, 7.23487454e-1],
    [1.37765979e-2, 1.73902232e-2, -1.37335456e-2],
]
"""Velocities of CHANNELS at steps 100, 150 and 250 of a chirp of 600 samples."""


def chirp(samples: int) -> np.ndarray:
    """A sweep from 200 Hz to 8 kHz at 48 kHz."""
    t = np.arange(samples) / 48_000
    return np.sin(2 * np.pi * (200 * t + 3900 * t**2 * 48_000 / samples))


def velocities(sound: np.ndarray, channels: list[int]) -> np.ndarray:
    return np.concatenate(list(Membrane(len(sound), PLACES[channels]).velocities(sound)))


def error(seen: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """Relative RMS error per place."""
    return np.sqrt(np.mean((seen - expected) ** 2, axis=1) / np.mean(expected**2, axis=1))


@pytest.mark.parametrize("samples", [600, 601, 603])
def test_velocity_of_a_chirp(samples: int) -> None:
    sound = conditioned(chirp(samples))
    expected = np.array([slow.velocity(sound, PLACES[c]) for c in CHANNELS])
    seen = velocities(sound, CHANNELS)
    assert seen.shape == (len(CHANNELS), samples // 2 + 1)
    assert error(seen, expected).max() < 1e-5


def test_transfer_function() -> None:
    omega = 2 * np.pi * np.array([1.0, 90.0, 1234.0, 9000.0, 24_000.0])
    expected = [[slow.transfer(w, PLACES[c]) for w in omega] for c in CHANNELS]
    # Far past the resonance the plain Hankel function underflows; nothing is lost with it.
    np.testing.assert_allclose(transfer(omega, PLACES[CHANNELS]), expected, rtol=1e-6, atol=1e-12)


def test_place_of_resonance_falls_with_frequency() -> None:
    omega = 2 * np.pi * np.array([200.0, 1000.0, 5000.0])
    peaks = np.abs(transfer(omega, PLACES)).argmax(axis=0)
    assert (np.diff(peaks) < 0).all()
    # The stiffness equals the inertia there: C0 exp(-alpha c) - a = m w^2, a little before it the wave peaks.
    resonance = -np.log((0.05 * omega**2 + 3500) / 1e9) / 3
    assert np.abs(PLACES[peaks] - resonance).max() < 0.35


def test_pruned_frequencies_carry_nothing() -> None:
    sound = conditioned(np.random.default_rng(3).standard_normal(2000))
    seen = np.concatenate(list(Membrane(2000).velocities(sound)))
    full = np.fft.ifft(transfer(frequencies(2000), PLACES) * np.fft.fft(sound)[:1001]).real
    assert error(seen, full).max() < 1e-6


def test_pinned_values() -> None:
    seen = velocities(conditioned(chirp(600)), CHANNELS)
    np.testing.assert_allclose(seen[:, [100, 150, 250]], PINNED, rtol=1e-4, atol=1e-6)


def test_length_must_fit() -> None:
    with pytest.raises(ValueError, match="sound must have 600 samples, not 599"):
        list(Membrane(600, PLACES[:1]).velocities(np.zeros(599)))


@pytest.mark.shared
@pytest.mark.parametrize("name", ["lang-english_speaker-00_trial-0_digit-1", "lang-german_speaker-04_trial-3_digit-7"])
def test_reference_traces(name: str) -> None:
    audio, rate = soundfile.read(SHARED / "audio" / f"{name}.flac")
    assert rate == 48_000
    with np.load(SHARED / f"stages_{name}.npz") as stages:
        sound = conditioned(audio, ramp=HALF)
        np.testing.assert_allclose(sound[:2000], stages["windowed_audio_first2000"], atol=1e-12)
        seen = velocities(sound, stages["channel_index"].tolist())
        assert error(seen, stages["bm_velocity"]).max() < 1e-6
