# SPDX-License-Identifier: Apache-2.0
"""A NetX network stepped in integers as Lava's bit-accurate processes do (``lava.proc.lif``: PyLifModelBitAcc)."""

import numpy as np
from numpy.typing import NDArray

from flow.exchange.netx.nodes import STATE_LIMIT, WEIGHT_SHIFT, Loihi
from flow.exchange.operators import FloatArray
from flow.exchange.reading import Graph
from flow.exchange.reference import Stepper
from model.limits import LEAK_BITS, LEAK_ONE
from model.network import IntArray


class LoihiStepper(Stepper):
    """A graph with Loihi's neurons; a step of it is one of Lava's. Potentials are in Loihi's unit, 1/64 of a weight."""

    def __init__(self, graph: Graph) -> None:
        super().__init__(graph, 1.0)
        self._neurons: dict[str, Loihi] = {name: graph.nodes[name] for name in self.populations}

    def begin(self) -> None:
        """Set all states to 0."""
        self._current = {name: np.zeros(size, np.int64) for name, size in self.sizes.items()}
        self._potential = {name: np.zeros(size, np.int64) for name, size in self.sizes.items()}

    def advance(self, name: str, arriving: FloatArray) -> tuple[NDArray[np.bool_], FloatArray]:
        """One step of a population: which neurons spike, and their potentials afterwards."""
        node = self._neurons[name]
        current = _decayed(self._current[name], node.i_decay) + _shifted(arriving)
        # A current wraps around.
        current = np.where(current > STATE_LIMIT + 1, current - 2 * (STATE_LIMIT + 1), current)
        self._current[name] = np.where(current <= -STATE_LIMIT - 1, current + 2 * (STATE_LIMIT + 1), current)
        potential = _decayed(self._potential[name], node.v_decay) + self._current[name] + _shifted(node.bias)
        potential = np.clip(potential, -STATE_LIMIT, STATE_LIMIT)
        spikes = potential > _shifted(node.threshold)
        self._potential[name] = np.where(spikes, 0, potential)
        return spikes, self._potential[name].astype(np.float64)


def _decayed(state: IntArray, decay: FloatArray) -> IntArray:
    """Less by decay/4096, rounded toward zero."""
    product = state * (LEAK_ONE - decay.astype(np.int64))
    return np.asarray(np.sign(product) * (np.abs(product) >> LEAK_BITS))


def _shifted(weights: FloatArray) -> IntArray:
    """Units of a weight in those of a state."""
    return np.asarray(np.rint(weights).astype(np.int64) << WEIGHT_SHIFT)
