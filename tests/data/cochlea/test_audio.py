# SPDX-License-Identifier: Apache-2.0
"""Level and window of the sound."""

import numpy as np
import pytest

from data.cochlea.audio import HALF, LEVEL, conditioned, parse_ramp
from support.errors import InputError


@pytest.mark.parametrize("samples", [1000, 1001])
def test_level_and_half_ramps(samples: int) -> None:
    result = conditioned(np.full(samples, -7.0), ramp=HALF)
    half = samples // 2
    # A constant has its RMS everywhere, so that what is left is the window: hann(2 * half), its middle sample doubled.
    hann = np.sin(np.pi * np.arange(2 * half) / (2 * half - 1)) ** 2
    window = np.concatenate([hann[:half], np.ones(samples - 2 * half), hann[half:]])
    np.testing.assert_allclose(result, -LEVEL * window, atol=1e-12)


@pytest.mark.parametrize(
    ("samples", "ramp", "length"),
    [
        (9600, {}, 1440), (2880, {}, 1440), (2881, {}, 1440), (2879, {}, 1439), (4, {}, 2),
        (9600, {"ramp": 0.01}, 480), (9600, {"ramp": 0}, 0), (9600, {"ramp": 5}, 4800),
    ],
)  # fmt: skip
def test_ramps(samples: int, ramp: dict[str, float], length: int) -> None:
    """Of 30 ms where nothing is said, as long as asked for, and never over more than half of the sound."""
    hann = np.sin(np.pi * np.arange(2 * length) / max(2 * length - 1, 1)) ** 2
    window = np.concatenate([hann[:length], np.ones(samples - 2 * length), hann[length:]])
    np.testing.assert_allclose(conditioned(np.ones(samples), **ramp), LEVEL * window, atol=1e-12)


def test_the_ends_of_a_word_are_left() -> None:
    sound = np.random.default_rng(1).standard_normal(48_000)
    ours, half = conditioned(sound), conditioned(sound, ramp=HALF)
    # The first 0.1 s: half of the recording as ramp leaves next to nothing of it.
    assert np.mean(ours[:4800] ** 2) > 0.75 * LEVEL**2
    assert np.mean(half[:4800] ** 2) < 0.01 * LEVEL**2


@pytest.mark.parametrize(("text", "ramp"), [("0.03", 0.03), ("0", 0), ("5", 5), ("half", HALF)])
def test_ramps_that_can_be_named(text: str, ramp: float) -> None:
    assert parse_ramp(text) == ramp


@pytest.mark.parametrize("text", ["-0.1", "5.01", "30", "inf", "nan", "30ms", "", "Half"])
def test_ramps_that_cannot(text: str) -> None:
    with pytest.raises(InputError, match=rf"ramp must be 0 to 5 seconds, or half, not '?{text}'?$"):
        parse_ramp(text)


@pytest.mark.parametrize("ramp", [-0.1, 5.5, np.nan, -np.inf])
def test_wrong_ramp(ramp: float) -> None:
    with pytest.raises(InputError, match=r"ramp must be 0 to 5 seconds, or half, not "):
        conditioned(np.ones(100), ramp=ramp)


def test_level_does_not_depend_on_the_input() -> None:
    sound = np.random.default_rng(1).standard_normal(500)
    np.testing.assert_allclose(conditioned(1e-3 * sound), conditioned(50 * sound), rtol=1e-12)


@pytest.mark.parametrize("audio", [np.ones(3), np.ones((10, 2)), 1.0])
def test_wrong_shape(audio: np.ndarray) -> None:
    with pytest.raises(InputError, match="audio must be one channel of at least 4 samples, not shape"):
        conditioned(audio)


@pytest.mark.parametrize("value", [0.0, np.nan, np.inf])
def test_silent_or_not_finite(value: float) -> None:
    with pytest.raises(InputError, match="audio must be finite and not silent throughout"):
        conditioned(np.full(100, value))
