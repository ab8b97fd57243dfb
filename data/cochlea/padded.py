# SPDX-License-Identifier: Apache-2.0
"""The basilar membrane for sounds of a few padded lengths: single precision, and a transfer function that is kept.

The transfer function of a place hardly depends on how finely it is asked for. It is computed once, at some
frequencies, and interpolated for the frequency grid of each length.
"""

from collections.abc import Iterator
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import fft
from scipy.interpolate import CubicSpline

from data.cochlea.membrane import BLOCK, PLACES, frequencies, reaching, transfer

STEPS = 6000
"""Sounds are brought to about a multiple of this many steps (0.25 s)."""

_KNOTS = 1024  # with them the interpolation is right to a relative RMS below 1e-6
_KEPT_STEPS = 48_000  # the tables of longer sounds, 130 MB and more, are made again for each


def padded_steps(steps: int) -> int:
    """The steps at 24 kHz that a sound of ``steps`` is padded to: a product of 2, 3 and 5, quick to transform."""
    length: int = fft.next_fast_len(-(-steps // STEPS) * STEPS, real=True)
    return length


class PaddedMembrane:
    """The membrane at PLACES for sounds of ``steps`` steps at 24 kHz, which are ``samples`` samples at 48 kHz.

    As ``membrane.Membrane`` but in single precision: each place to a relative RMS of 1e-5.
    """

    def __init__(self, steps: int) -> None:
        """Takes 3 MB for 1000 steps, up to _KEPT_STEPS of them; the first one 0.5 s of time."""
        self.steps, self.samples = steps, 2 * (steps - 1)
        self._roots = np.sqrt(frequencies(self.samples))
        self._kept = list(self._tables()) if steps <= _KEPT_STEPS else None

    def velocities(self, sound: NDArray[np.float64]) -> Iterator[NDArray[np.float32]]:
        """Velocity (cm/s) of blocks of places in order, each of shape (places of the block, steps).

        ``sound`` is a conditioned sound of at most ``samples`` samples.
        """
        half = self.steps // 2 + 1
        spectrum = (fft.rfft(sound, self.samples) / 2).astype(np.complex64)
        for table in self._kept or self._tables():
            reach = table.shape[1]
            bins = table[:, :half] * spectrum[: min(reach, half)]
            # The real part of a complex inverse transform is the real inverse transform of the Hermitian part: each
            # bin and the conjugate of its mirror image, where such a frequency reaches the place. Bin 0 is its own.
            bins[:, 0] *= 2
            mirror = self.steps - half + 1
            if reach > mirror:
                above = table[:, : mirror - 1 : -1] * spectrum[reach - 1 : mirror - 1 : -1]
                bins[:, self.steps - reach + 1 :] += np.conjugate(above, out=above)
            yield fft.irfft(bins, self.steps, overwrite_x=True)

    def _tables(self) -> Iterator[NDArray[np.complex64]]:
        for spline in _splines():
            reach = int(np.searchsorted(self._roots, spline.x[-1], "right"))
            yield np.asarray(spline(self._roots[:reach]), np.complex64)


@lru_cache(maxsize=1)
def _splines() -> list[CubicSpline]:
    """The transfer function of blocks of places over the root of the angular frequency, as far as it reaches.

    Over the root, knots lie closer at low frequencies, where it changes most.
    """
    omega, result = frequencies(48_000), []
    for begin in range(0, len(PLACES), BLOCK):
        block = PLACES[begin : begin + BLOCK]
        top = omega[reaching(omega, float(block[0])) - 1]
        roots = np.linspace(np.sqrt(omega[0]), np.sqrt(top), _KNOTS)
        result.append(CubicSpline(roots, transfer(roots**2, block), axis=1))
    return result
