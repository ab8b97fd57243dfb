"""Sound as the cochlea takes it: one level for all recordings, no clicks at the ends."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from model.errors import InputError

LEVEL = 0.3
"""Root mean square of the sound before the window."""


def conditioned(audio: ArrayLike) -> NDArray[np.float64]:
    """Mono ``audio`` scaled to RMS ``LEVEL``, then faded in and out by the halves of a Hann window.

    The window has 2 * (N // 2) points; with N odd the sample in the middle is left as it is.
    InputError for fewer than 4 samples, silence or anything that is not finite.
    """
    sound = np.asarray(audio, np.float64)
    if sound.ndim != 1 or sound.size < 4:
        raise InputError(f"audio must be one channel of at least 4 samples, not shape {sound.shape}")
    level = float(np.sqrt(np.mean(sound**2)))
    if not np.isfinite(level) or level == 0:
        raise InputError("audio must be finite and not silent throughout")
    half = sound.size // 2
    rise = np.hanning(2 * half)[:half]
    result = sound * (LEVEL / level)
    result[:half] *= rise
    result[-half:] *= rise[::-1]
    return result
