# SPDX-License-Identifier: Apache-2.0
"""How far the potentials of an imported NetX network can be from Lava's, as long as no spike has differed.

Decays are the same integers and round toward zero in both, but in different units: Lava's is 1/64 of a weight, the
network's 1/u. So each leak leaves them less than e = 1/u + 1/64 further apart, and what was apart before decays with
the state. Currents differ by less than e / i, potentials by less than (e / i + e + b) / v, where i and v are the decays
as shares of 1 and b is the error of the bias. A state that decays not at all, or at once, is not rounded.
"""

import numpy as np

from flow.exchange.netx.nodes import WEIGHT_SHIFT, Loihi
from flow.exchange.operators import FloatArray
from model.limits import LEAK_ONE


def potential_bound(node: Loihi, unit: FloatArray) -> FloatArray:
    """The bound in units of a weight for each neuron, (neurons,); infinite where errors pile up without end.

    ``unit``: how many of the network's units are a weight of 1; weights are whole in it.
    """
    each = 1 / unit + 2.0**-WEIGHT_SHIFT
    i, v = node.i_decay / LEAK_ONE, node.v_decay / LEAK_ONE
    bias = np.abs(np.rint(node.bias * unit) / unit - node.bias)
    current = _left(np.zeros_like(each), i, each)
    return _left(current + bias, v, each)


def _left(adds: FloatArray, decay: FloatArray, each: FloatArray) -> FloatArray:
    """What a state can be apart, to which each step adds ``adds`` and its own rounding."""
    rounds = (decay > 0) & (decay < 1)
    total = adds + np.where(rounds, each, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(total > 0, total / decay, 0.0)
