# SPDX-License-Identifier: Apache-2.0
"""Auditory nerve fibres: probability of a spike to the number of spikes per place and sample.

Each of the FIBRES fibres of a place spikes with the given probability, then is dead for DEAD_SAMPLES samples, that
of the spike included. The fibres of a place are exchangeable, so their number of new spikes is Binomial(fibres that
are not dead, p): one draw instead of 40.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from data.cochlea import DEAD_SAMPLES, FIBRES


@njit(cache=True)
def fibre_spikes(probability: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Spikes of all fibres of a place, shape (places, steps) as ``probability``; places are drawn one by one."""
    places, steps = probability.shape
    result = np.zeros((places, steps), np.uint8)
    for place in range(places):
        alive = FIBRES
        for step in range(steps):
            if step >= DEAD_SAMPLES:
                alive += result[place, step - DEAD_SAMPLES]
            spikes = _binomial(alive, probability[place, step], rng)
            result[place, step] = spikes
            alive -= spikes
    return result


@njit(cache=True)
def _binomial(n: int, p: float, rng: np.random.Generator) -> int:
    """One draw by inversion of the distribution function."""
    if p >= 1.0:
        return n
    uniform = rng.random()
    # (1-p)^n >= 1 - n p: mostly this settles it, without a power.
    if uniform < 1.0 - n * p:
        return 0
    term = (1.0 - p) ** n
    total, spikes = term, 0
    while uniform >= total and spikes < n:
        term *= (n - spikes) / (spikes + 1) * p / (1.0 - p)
        total += term
        spikes += 1
    return spikes
