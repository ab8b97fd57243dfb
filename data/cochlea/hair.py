# SPDX-License-Identifier: Apache-2.0
"""Inner hair cells: velocity of the membrane to the probability of a spike per fibre and sample.

The model of Meddis, JASA 79 702 (1986) and 83 1056 (1988): transmitter moves between a free pool q, the cleft c
and a reprocessing store w. Parameters of Meddis, Hewitt, Shackleton, JASA 87 1813 (1990).
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from data.cochlea import STAGE_RATE

A = 5.0  # permeability: offset and half-maximum of the stimulus, gain 1/s
B = 300.0
G = 2000.0
Y = 5.05  # replenishment, 1/s
L = 2500.0  # loss from the cleft, 1/s
R = 6580.0  # reuptake from the cleft, 1/s
X = 66.3  # reprocessing, 1/s
M = 1.0  # free transmitter at most
H = 50_000.0  # spikes per second and unit of transmitter in the cleft

_K_REST = G * A / (A + B)
C_REST = M * Y * _K_REST / (L * _K_REST + Y * (L + R))
Q_REST = C_REST * (L + R) / _K_REST
W_REST = C_REST * R / X

RESTING = H * C_REST / STAGE_RATE
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
        q, c, w = Q_REST, C_REST, W_REST
        for step in range(velocity.shape[1]):
            drive = velocity[place, step] + A
            k = G * drive / (drive + B) if drive > 0 else 0.0
            replenished = Y * (M - q) if q < M else 0.0
            q, c, w = (
                max(q + dt * (replenished - k * q + X * w), 0.0),
                max(c + dt * (k * q - (L + R) * c), 0.0),
                max(w + dt * (R * c - X * w), 0.0),
            )
            result[place, step] = H * c * dt
    return result
