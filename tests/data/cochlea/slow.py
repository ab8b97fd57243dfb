# SPDX-License-Identifier: Apache-2.0
"""The deterministic stages of the cochlea once more, as slowly and plainly as the equations are printed.

Nothing here is shared with ``data.cochlea``: the integral is taken numerically, the transform summed term by term,
the hair cell and the bushy cell stepped one place at a time.
"""

import cmath
import math

import numpy as np
from scipy.integrate import quad
from scipy.special import hankel1, jv, yv

DT = 1 / 24_000


def velocity(sound: np.ndarray, place: float) -> np.ndarray:
    """Velocity of the membrane at ``place`` (cm) for a conditioned ``sound`` at 48 kHz."""
    bins = len(sound) // 2 + 1
    spectrum = np.fft.fft(sound)[:bins]
    values = [transfer(2 * math.pi * f, place) * x for f, x in zip(np.linspace(1, 24_000, bins), spectrum, strict=True)]
    turns = np.outer(np.arange(bins), np.arange(bins)) / bins
    return ((np.exp(2j * np.pi * turns) @ np.array(values)) / bins).real


def transfer(w: float, place: float) -> complex:
    """V(w, place)."""
    c0, alpha, rho, h, m = 1e9, 3.0, 1.0, 0.1, 0.05

    def xi(x: float) -> complex:
        r0 = 0.15 * math.sqrt(c0 * m)
        return c0 * math.exp(-alpha * x) - 3500 - m * w * w - 1j * w * r0 * math.exp(-alpha * x / 2)

    def g(x: float) -> complex:
        return w * cmath.sqrt(rho / (h * xi(x)))

    def p(x: float) -> complex:
        # The wave turns sharply at its place of resonance.
        resonance = -math.log((m * w * w + 3500) / c0) / alpha
        points = [resonance] if 0 < resonance < x else None
        real = quad(lambda y: g(y).real, 0, x, points=points, limit=200)[0]
        imag = quad(lambda y: g(y).imag, 0, x, points=points, limit=200)[0]
        phase = 2 * g(0) / alpha + real + 1j * imag
        return cmath.sqrt(phase / g(x)) * hankel1(0, phase)

    z = 2 * w / alpha * math.sqrt(2 / (h * c0))
    impedance = math.sqrt(2 * c0 / h) * (1j * jv(0, z) + yv(0, z)) / (jv(1, z) - 1j * yv(1, z))
    return 2 * w / xi(place) * impedance * p(place) / p(0)


def hair_probability(velocity: np.ndarray) -> list[float]:
    """Probability of a spike per fibre and sample, from rest."""
    a, b, gain, y, lost, r, x, h = 5, 300, 2000, 5.05, 2500, 6580, 66.3, 50_000
    k = gain * a / (a + b)
    cleft = y * k / (lost * k + y * (lost + r))
    free, store = cleft * (lost + r) / k, cleft * r / x
    result = []
    for v in velocity:
        k = gain * (v + a) / (v + a + b) if v + a > 0 else 0
        made = y * (1 - free) if free < 1 else 0
        d_free = made - k * free + x * store
        d_cleft = k * free - (lost + r) * cleft
        d_store = r * cleft - x * store
        free, cleft, store = (max(0, s + d * DT) for s, d in ((free, d_free), (cleft, d_cleft), (store, d_store)))
        result.append(h * cleft * DT)
    return result


def fibre_counts(probability: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Spikes per sample of 40 fibres that are drawn one by one; dead for 24 samples from a spike on."""
    counts, ready = np.zeros(len(probability), int), np.zeros(40, int)
    for t, p in enumerate(probability):
        fires = (rng.random(40) < p) & (ready <= t)
        ready[fires] = t + 24
        counts[t] = fires.sum()
    return counts


def bushy_steps(counts: np.ndarray) -> list[int]:
    """Steps at which a bushy cell spikes."""
    current = potential = 0.0
    spikes, free_from = [], 0
    for t, count in enumerate(counts):
        current = current * math.exp(-DT / 0.5e-3) + float(count)
        if potential == 1:
            spikes.append(t)
            potential, free_from = 0.0, t + 24
        if t >= free_from:
            potential = min(1.0, potential * math.exp(-DT / 1e-3) + 13_000 / 40 * current * DT)
    return spikes
