# SPDX-License-Identifier: Apache-2.0
"""The basilar membrane: sound to the velocity of the membrane at 700 places.

The one-dimensional model of Sieroka, Dosch, Rupp, JASA 120(1) 297 (2006), solved per frequency by the WKB-like
ansatz with a Hankel function; constants and grid as used for the Spiking Heidelberg Digits. CGS units, cm along
the membrane from the base (0, high frequencies) to the apex (3.5, low frequencies).
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy import fft, special

from data.cochlea import AUDIO_RATE

PLACES: NDArray[np.float64] = np.linspace(0.0, 3.5, 700)
"""The places of the 700 channels, cm from the base."""
BLOCK = 16
"""Places at a time: what a transform of them needs stays in the cache of a processor."""

_C0 = 1e9  # stiffness at the base, g s^-2 cm^-2
_ALPHA = 3.0  # decay of the stiffness, 1/cm
_A = 3500.0  # stiffness offset
_RHO = 1.0  # density of the fluid
_H = 0.1  # height of the duct, cm
_M = 0.05  # mass of the membrane, g/cm^2
_R0 = 0.15 * np.sqrt(_C0 * _M)  # damping at the base
_DECAY = 20.0  # a wave below exp(-20) of its start is nothing in what follows


def frequencies(samples: int) -> NDArray[np.float64]:
    """Angular frequencies (1/s) of the K = samples // 2 + 1 bins for a sound of ``samples`` samples."""
    return 2 * np.pi * np.linspace(1.0, AUDIO_RATE / 2, samples // 2 + 1)


def transfer(omega: NDArray[np.float64], places: NDArray[np.float64]) -> NDArray[np.complex128]:
    """Velocity of the membrane per unit of sound: V(omega, place), shape (places, frequencies)."""
    w, c = omega[None, :], places[:, None]
    wavenumber, start = _wavenumber(w, c), 2 * _wavenumber(w, np.zeros((1, 1))) / _ALPHA
    phase = start + _phase(w, c)
    # hankel1e leaves exp(iG) out, which would underflow past the place of resonance.
    pressure = np.sqrt(phase / wavenumber) * special.hankel1e(0, phase) * np.exp(1j * (phase - start))
    pressure /= np.sqrt(2 / _ALPHA) * special.hankel1e(0, start)
    z = 2 * w / _ALPHA * np.sqrt(2 / (_H * _C0))
    impedance = np.sqrt(2 * _C0 / _H) * (1j * special.j0(z) + special.y0(z)) / (special.j1(z) - 1j * special.y1(z))
    return 2 * w / _xi(w, c) * impedance * pressure


class Membrane:
    """The membrane for sounds of one length: its transfer function is computed once.

    ``samples`` is the length at 48 kHz; ``places`` the places wanted (cm, increasing), of which
    ``block`` are worked on at once. Velocities come out at 24 kHz, ``steps`` = samples // 2 + 1 of them.
    """

    def __init__(self, samples: int, places: NDArray[np.float64] = PLACES, block: int = BLOCK) -> None:
        """Takes 3 s of processor time and 50 MB for 36000 samples and 700 places, in proportion for others."""
        self.samples = samples
        self.steps = samples // 2 + 1
        self.places = places
        omega = frequencies(samples)
        self._blocks: list[NDArray[np.complex64]] = []
        for begin in range(0, len(places), block):
            some = places[begin : begin + block]
            # A wave dies soon after its place of resonance, so that high frequencies reach the first places only.
            reach = omega[: reaching(omega, float(some[0]))]
            self._blocks.append(transfer(reach, some).astype(np.complex64))

    def velocities(self, sound: NDArray[np.float64]) -> Iterator[NDArray[np.float64]]:
        """Velocity (cm/s) of blocks of places in order, each of shape (places of the block, steps).

        ``sound`` is a conditioned sound of ``samples`` samples.
        """
        if len(sound) != self.samples:
            raise ValueError(f"sound must have {self.samples} samples, not {len(sound)}")
        # As in the original: the K lower bins of the spectrum are taken back to time by a transform of length K.
        spectrum = fft.rfft(sound)[: self.steps]
        half = self.steps // 2 + 1
        for block in self._blocks:
            bins = np.zeros((len(block), self.steps), np.complex128)
            bins[:, : block.shape[1]] = block * spectrum[: block.shape[1]]
            # The real part of a complex inverse transform is the real inverse transform of the Hermitian part.
            hermitian = bins[:, :half].copy()
            hermitian[:, 0] += bins[:, 0].conj()
            hermitian[:, 1:] += bins[:, :-half:-1].conj()
            yield fft.irfft(hermitian / 2, self.steps)


def _xi(w: NDArray[np.float64], c: NDArray[np.float64]) -> NDArray[np.complex128]:
    stiffness, damping = _C0 * np.exp(-_ALPHA * c) - _A, _R0 * np.exp(-_ALPHA * c / 2)
    return stiffness - _M * w**2 - 1j * w * damping


def _wavenumber(w: NDArray[np.float64], c: NDArray[np.float64]) -> NDArray[np.complex128]:
    """g(w, c) = w sqrt(rho / (h xi)), principal root."""
    root: NDArray[np.complex128] = np.sqrt(_RHO / (_H * _xi(w, c)))
    return w * root


def _phase(w: NDArray[np.float64], c: NDArray[np.float64]) -> NDArray[np.complex128]:
    """The integral of g(w, x) over x from 0 to c, in closed form.

    With u = exp(-alpha x / 2), xi is the quadratic C0 u^2 - i w R0 u - b with b = a + m w^2, and the integral of
    du / (u sqrt(xi)) is elementary. The argument of the logarithm stays in the third quadrant, off the branch cut.
    """
    b = _A + _M * w**2

    def primitive(x: NDArray[np.float64]) -> NDArray[np.complex128]:
        u = np.exp(-_ALPHA * x / 2)
        return np.log(-(2 * b + 1j * w * _R0 * u + 2j * np.sqrt(b) * np.sqrt(_xi(w, x))) / u)

    difference = primitive(np.zeros((1, 1))) - primitive(c)
    return w * np.sqrt(_RHO / _H) * (2 / _ALPHA) * (-1j / np.sqrt(b)) * difference


def reaching(omega: NDArray[np.float64], place: float) -> int:
    """How many of the lowest frequencies reach ``place`` (cm)."""
    decay = _phase(omega[None, :], np.full((1, 1), place)).imag[0]
    return int(np.flatnonzero(decay < _DECAY)[-1]) + 1
