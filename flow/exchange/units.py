# SPDX-License-Identifier: Apache-2.0
"""The unit in which a network counts the potential of each neuron: its weights are whole numbers of it.

Such that the neuron's largest weight is the largest that there is; weights that are whole numbers already stay as they
are. All neurons of a read-out share one unit, for their potentials are compared.
"""

import numpy as np

from flow.exchange.discrete import Update
from flow.exchange.operators import FloatArray
from flow.exchange.unroll import Paths
from model import limits

WHOLE = 1e-6
"""Of a whole number, what float64 leaves of one that went through time constants and back."""


def units_of(weights: Paths, rule: Update, constant: FloatArray, *, top: int, bits: int) -> FloatArray:
    """Units of the network in one of the graph, for each neuron, (neurons,); ``constant``: what each step adds."""
    largest = np.max([np.abs(each).max(1, initial=0) for each in weights.values()], axis=0)
    spikes = ~np.isinf(rule.threshold)
    # Threshold and bias need room below the largest potential.
    need = np.maximum(np.where(spikes, np.abs(rule.threshold), 0), np.abs(constant))
    room = limits.signed_range(bits)[1] / 2 / np.maximum(need, 1e-300)
    unit = np.minimum(np.where(largest > 0, top / np.where(largest > 0, largest, 1), 1.0), room)
    if rule.finest:
        return _finest(weights, unit, room, top, together=not spikes.any())
    numbers = [*weights.values(), constant[:, None]]
    whole = np.all([(np.abs(each - np.rint(each)) < WHOLE).all(1) for each in numbers], axis=0) & (largest <= top)
    unit = np.where(whole, 1.0, unit)
    if not spikes.any() and not whole.all():
        unit = np.full_like(unit, unit.min())
    return unit


def _finest(weights: Paths, other: FloatArray, room: FloatArray, top: int, *, together: bool) -> FloatArray:
    """The finest unit in which whole weights stay whole; ``other`` where there is none. ``together``: one for all."""
    rows = np.concatenate([np.rint(each).astype(np.int64) for each in weights.values()], axis=1)
    if together:
        rows, other, room = rows.reshape(1, -1), other.min(keepdims=True), room.min(keepdims=True)
    step = np.maximum(np.gcd.reduce(rows, axis=1), 1)
    high, low = rows.max(1, initial=0) // step, -(rows.min(1, initial=0) // step)
    # Two's complement has one more below 0.
    times = np.minimum(top // np.maximum(high, 1), (top + 1) // np.maximum(low, 1))
    times = np.minimum(times, np.floor(room * step)).astype(np.int64)
    unit = np.where(times > 0, times / step, other)
    return np.broadcast_to(unit, (len(next(iter(weights.values()))),)).copy()


def compensated(rule: Update, weights: Paths, unit: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The leak factors alpha and beta, larger for what rounding takes.

    Rounding toward zero takes half a unit a step on average from a state that does leak. A leak factor that is larger
    by 1/(2x) gives it back to a state of x units: of the potential half the threshold, of the current the largest
    weight. A potential without threshold leaks as before.
    """
    largest = np.max([np.abs(each).max(1, initial=0) for each in weights.values()], axis=0)
    return _larger(rule.alpha, rule.threshold * unit / 2), _larger(rule.beta, largest * unit)


def _larger(leak: FloatArray, size: FloatArray) -> FloatArray:
    leaks = (leak > 0) & (leak < 1)
    return np.where(leaks, np.minimum(leak + 0.5 / np.maximum(size, 1), 1.0), leak)
