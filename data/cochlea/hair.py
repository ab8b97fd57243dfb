"""Inner hair cells: velocity of the membrane to the probability of a spike per fibre and sample.

The model of Meddis, JASA 79 702 (1986) and 83 1056 (1988): transmitter moves between a free pool q, the cleft c
and a reprocessing store w. Parameters of Meddis, Hewitt, Shackleton, JASA 87 1813 (1990).
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from data.cochlea import STAGE_RATE

_A = 5.0  # permeability: offset and half-maximum of the stimulus, gain 1/s
_B = 300.0
_G = 2000.0
_Y = 5.05  # replenishment, 1/s
_L = 2500.0  # loss from the cleft, 1/s
_R = 6580.0  # reuptake from the cleft, 1/s
_X = 66.3  # reprocessing, 1/s
_M = 1.0  # free transmitter at most
_H = 50_000.0  # spikes per second and unit of transmitter in the cleft

_K0 = _G * _A / (_A + _B)
_C_REST = _M * _Y * _K0 / (_L * _K0 + _Y * (_L + _R))
_Q_REST = _C_REST * (_L + _R) / _K0
_W_REST = _C_REST * _R / _X

RESTING = _H * _C_REST / STAGE_RATE
"""Probability of a spike per fibre and sample in silence."""


@njit(cache=True)
def spike_probability(velocity: NDArray[np.float64]) -> NDArray[np.float64]:
    """Probability of a spike per fibre and sample, shape (places, steps) as ``velocity`` (cm/s at 24 kHz).

    Explicit Euler from rest, one step per sample; the pools are kept from going negative. A very loud sound can
    give more than 1, which the nerve takes as certain.
    """
    dt = 1.0 / STAGE_RATE
    result = np.empty(velocity.shape)
    for place in range(velocity.shape[0]):
        q, c, w = _Q_REST, _C_REST, _W_REST
        for step in range(velocity.shape[1]):
            drive = velocity[place, step] + _A
            k = _G * drive / (drive + _B) if drive > 0 else 0.0
            replenished = _Y * (_M - q) if q < _M else 0.0
            q, c, w = (
                max(q + dt * (replenished - k * q + _X * w), 0.0),
                max(c + dt * (k * q - (_L + _R) * c), 0.0),
                max(w + dt * (_R * c - _X * w), 0.0),
            )
            result[place, step] = _H * c * dt
    return result
