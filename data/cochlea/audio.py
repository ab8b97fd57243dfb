# SPDX-License-Identifier: Apache-2.0
"""Sound as the cochlea takes it: one level for all recordings, no clicks at the ends."""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from data.cochlea import AUDIO_RATE
from support.errors import InputError

LEVEL = 0.3
"""Root mean square of the sound before the ramps."""
RAMP_S = 0.03
"""Seconds over which a sound fades in and out, unless something else is asked for."""
HALF = math.inf
"""The ramp that takes half of each sound, as in the reference traces; it takes the first and last consonants away."""
LONGEST_RAMP_S = 5.0
"""Seconds that a ramp may have, HALF apart: half of the longest recording."""


def conditioned(audio: ArrayLike, *, ramp: float = RAMP_S) -> NDArray[np.float64]:
    """Mono ``audio`` at 48 kHz scaled to RMS ``LEVEL``, then faded in and out over ``ramp`` seconds at each end.

    With R = 48000 * ramp samples, the first R are multiplied by the rising half of a Hann window of 2R points, the last
    R by its mirror. A sound shorter than two ramps is faded in over its first half and out over its last.
    InputError for fewer than 4 samples, silence, anything that is not finite, and a ramp that ``check_ramp`` refuses.
    """
    sound = np.asarray(audio, np.float64)
    if sound.ndim != 1 or sound.size < 4:
        raise InputError(f"audio must be one channel of at least 4 samples, not shape {sound.shape}")
    level = float(np.sqrt(np.mean(sound**2)))
    if not np.isfinite(level) or level == 0:
        raise InputError("audio must be finite and not silent throughout")
    result = sound * (LEVEL / level)
    half = sound.size // 2
    length = half if check_ramp(ramp) == HALF else min(round(ramp * AUDIO_RATE), half)
    if length > 0:
        rise = np.hanning(2 * length)[:length]
        result[:length] *= rise
        result[-length:] *= rise[::-1]
    return result


def check_ramp(ramp: float) -> float:
    """``ramp`` as it is; InputError unless it is from 0 to LONGEST_RAMP_S seconds, or HALF."""
    if ramp == HALF or 0 <= ramp <= LONGEST_RAMP_S:
        return ramp
    raise InputError(f"ramp must be 0 to {LONGEST_RAMP_S:g} seconds, or half, not {ramp:g}")


def parse_ramp(text: str) -> float:
    """The ramp that ``text`` names: seconds, or ``half`` for HALF. Raises InputError."""
    if text == "half":
        return HALF
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not math.isfinite(seconds):
        raise InputError(f"ramp must be 0 to {LONGEST_RAMP_S:g} seconds, or half, not {text!r}")
    return check_ramp(seconds)
