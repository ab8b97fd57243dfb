# SPDX-License-Identifier: Apache-2.0
"""Neurons of NIR in steps of dt: continuous equations as one update, by forward Euler or exactly.

    I[t] = beta I[t-1] + arrivals[t]
    v[t] = alpha v[t-1] + I[t] + bias           v is counted from v_reset, where it starts
    spike if v[t] > threshold, then v = 0

``gain`` is what an input of 1 adds. Forward Euler is what norse and lava do and what snntorch's export means; exactly
(alpha = exp(-dt/tau)) is what sinabs does. A current acts in the step in which it arrives.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np

from flow.exchange.operators import FloatArray
from flow.exchange.reading import kind
from model.limits import LEAK_ONE
from support.errors import InputError


class Method(StrEnum):
    """How an equation becomes an update."""

    EULER = "euler"
    EXACT = "exact"


@dataclass(frozen=True, kw_only=True)
class Update:
    """The update of a population, arrays of shape (neurons,)."""

    alpha: FloatArray
    beta: FloatArray
    gain: FloatArray
    bias: FloatArray
    """Without that of the nodes before, which ``gain`` multiplies."""
    threshold: FloatArray
    """Infinite of neurons that never spike."""
    finest: bool = False
    """Weights are whole, and stay so in the finest unit of the potential that has room for them: leaks are rounded in
    it."""


def update(name: str, node: Any, size: int, dt: float, method: Method) -> Update:
    """The update of a node of ``size`` neurons. Raises InputError, with its name, where dt is too coarse for it."""
    what, r = kind(node), _each(node.r, size)
    if what.startswith("Loihi"):
        never = np.full_like(r, np.inf)
        return Update(
            alpha=1 - node.v_decay / LEAK_ONE, beta=1 - node.i_decay / LEAK_ONE, gain=r, bias=node.bias,
            threshold=node.threshold if what == "Loihi" else never, finest=True,
        )  # fmt: skip
    spiking = what in ("LIF", "CubaLIF", "IF")
    reset = _each(node.v_reset, size) if spiking and node.v_reset is not None else np.zeros_like(r)
    threshold = _each(node.v_threshold, size) - reset if spiking else np.full_like(r, np.inf)
    if what in ("IF", "I"):
        one = np.ones_like(r)
        return Update(alpha=one, beta=0 * one, gain=r * dt, bias=0 * one, threshold=threshold)
    current = what.startswith("Cuba")
    alpha = _leak(name, "tau_mem" if current else "tau", _each(node.tau_mem if current else node.tau, size), dt, method)
    gain, beta = r * (1 - alpha), np.zeros_like(r)
    if current:
        beta = _leak(name, "tau_syn", _each(node.tau_syn, size), dt, method)
        gain = gain * (1 - beta) * _each(node.w_in, size)
    bias = (1 - alpha) * (_each(node.v_leak, size) - reset)
    return Update(alpha=alpha, beta=beta, gain=gain, bias=bias, threshold=threshold)


def _leak(name: str, field: str, tau: FloatArray, dt: float, method: Method) -> FloatArray:
    if (tau <= 0).any():
        raise InputError(f"node {name!r}: {field} must be above 0, not {tau.min()}")
    if method is Method.EXACT:
        return np.exp(-dt / tau)
    leak = 1 - dt / tau
    if (leak < -1e-9).any():
        raise InputError(f"node {name!r}: {field} of {tau.min()} s is shorter than dt ({dt} s); expected a smaller dt")
    return np.clip(leak, 0, 1)


def _each(value: Any, size: int) -> FloatArray:
    """A parameter of each neuron, also where it is one number for all."""
    return np.broadcast_to(np.asarray(value, np.float64).ravel(), (size,)).copy()
