"""Level and window of the sound."""

import numpy as np
import pytest

from data.cochlea.audio import LEVEL, conditioned
from model.errors import InputError


@pytest.mark.parametrize("samples", [1000, 1001])
def test_level_and_window(samples: int) -> None:
    result = conditioned(np.full(samples, -7.0))
    half = samples // 2
    # A constant has its RMS everywhere, so that what is left is the window: hann(2 * half), its middle sample doubled.
    hann = np.sin(np.pi * np.arange(2 * half) / (2 * half - 1)) ** 2
    window = np.concatenate([hann[:half], np.ones(samples - 2 * half), hann[half:]])
    np.testing.assert_allclose(result, -LEVEL * window, atol=1e-12)


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
