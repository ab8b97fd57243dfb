# SPDX-License-Identifier: Apache-2.0
"""Bushy cells: spikes of the nerve fibres of a place to the spikes of one cell (Cramer et al., arXiv 1910.07407).

A leaky integrate-and-fire cell per place sharpens the timing of its 40 fibres.
"""

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

from data.cochlea import DEAD_SAMPLES, FIBRES, STAGE_RATE

CURRENT_DECAY = math.exp(-1 / (STAGE_RATE * 0.5e-3))
MEMBRANE_DECAY = math.exp(-1 / (STAGE_RATE * 1e-3))
GAIN = 13_000 / FIBRES / STAGE_RATE


@njit(cache=True)
def cell_spikes(counts: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Whether the cell spikes, shape (places, steps) as ``counts``, the spikes of its fibres.

    The potential reaches 1 at one step; at the next the spike is recorded, the potential set to 0, and integration
    blocked for DEAD_SAMPLES steps, that one included. The current is never blocked.
    """
    places, steps = counts.shape
    result = np.zeros((places, steps), np.bool_)
    for place in range(places):
        current, potential, blocked = 0.0, 0.0, 0
        for step in range(steps):
            current = current * CURRENT_DECAY + counts[place, step]
            if potential >= 1.0:
                result[place, step] = True
                potential, blocked = 0.0, DEAD_SAMPLES
            if blocked > 0:
                blocked -= 1
            else:
                potential = min(potential * MEMBRANE_DECAY + GAIN * current, 1.0)
    return result
