# SPDX-License-Identifier: Apache-2.0
"""The golden core: the contract in exact integers, one step at a time. It knows no lanes, rows, queues or widths."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from model.encoding import Raster, check_events, to_events
from model.limits import LEAK_BITS
from model.network import IntArray, Network, Reset
from model.result import Result, read_out
from support.errors import InputError

EXACT = 1 << 50
"""Currents below this times a leak factor fit 64-bit integers."""


def leak(x: IntArray, a: IntArray) -> IntArray:
    """x * a / 2**12, rounded toward zero."""
    product = x * a
    return np.sign(product) * (np.abs(product) >> LEAK_BITS)


@dataclass(frozen=True, kw_only=True)
class StepRecord:
    """What happened in one step; arrays of shape (neurons,)."""

    step: int
    arrivals: IntArray
    """Sum of the weights that arrived."""
    current: IntArray
    """I[t]."""
    potential_before: IntArray
    """V[t-1], after the reset of step t-1."""
    potential: IntArray
    """V[t] after the clamp, which the threshold is compared with; V[t-1] in a refractory period."""
    potential_after: IntArray
    """V[t] after the reset."""
    spike: Raster
    synaptic_operations: int
    """Weights that arrived in this step."""


class GoldenCore:
    """A network at rest, then one step after another.

    Raises InputError for a network whose currents could leave 64-bit integers.
    """

    def __init__(self, network: Network) -> None:
        refuse_inexact(network)
        self.network = network
        self.reset()

    def reset(self) -> None:
        """Return every state to its start: I = V = 0, nothing under way, no refractory period."""
        network = self.network
        self.steps = 0
        self.current = np.zeros(network.neurons.count, np.int64)
        self.potential = np.zeros(network.neurons.count, np.int64)
        # Steps of its refractory period that each neuron has before it.
        self.rest = np.zeros(network.neurons.count, np.int64)
        # fired[k, s]: source s fired k steps ago; of neurons, k = 0 is not known yet and no synapse asks for it.
        longest = int(network.delay.max(initial=0))
        self._fired = np.zeros((longest + 1, network.axons + network.neurons.count), np.bool_)

    def step(self, events: ArrayLike | Iterable[int]) -> StepRecord:
        """Advance by one step in which the axons ``events`` fire, in any order.

        Raises InputError, naming step and axon, for an unknown or repeated axon, and for a step beyond max_steps.
        """
        network, neurons = self.network, self.network.neurons
        if self.steps >= network.max_steps:
            raise InputError(f"step {self.steps}: the network is for samples of at most {network.max_steps} steps")
        axons = check_events(events, network.axons, self.steps)
        self._fired[1:] = self._fired[:-1].copy()
        self._fired[0] = False
        self._fired[0, axons] = True

        arriving = np.flatnonzero(self._fired[network.delay, network.source])
        arrivals = np.zeros(neurons.count, np.int64)
        np.add.at(arrivals, network.target[arriving], network.weight[arriving])

        current = leak(self.current, neurons.beta) + arrivals
        before = self.potential
        potential = np.clip(leak(before, neurons.alpha) + current + neurons.bias, neurons.floor, neurons.vmax)
        rests = self.rest > 0
        potential = np.where(rests, before, potential)
        spike = (potential >= neurons.threshold) & ~rests
        after = potential.copy()
        zero = spike & (neurons.reset == Reset.ZERO)
        subtract = spike & (neurons.reset == Reset.SUBTRACT)
        after[zero] = 0
        after[subtract] -= neurons.threshold[subtract]

        self._fired[0, network.axons :] = spike
        self.current, self.potential = current, after
        # UNTIL_END needs no case of its own: no sample has as many steps behind a spike.
        self.rest = np.where(spike, neurons.refractory, np.maximum(self.rest - 1, 0))
        self.steps += 1
        return StepRecord(
            step=self.steps - 1,
            arrivals=arrivals,
            current=current,
            potential_before=before,
            potential=potential,
            potential_after=after,
            spike=spike,
            synaptic_operations=len(arriving),
        )

    def run(self, sample: Raster | Sequence[Any]) -> Result:
        """Run a sample from the start: a raster of shape (steps, axons), or the axons that fire in each step.

        Every state is at its start again afterwards.
        """
        self.reset()
        if isinstance(sample, np.ndarray):
            if sample.ndim != 2 or sample.shape[1] != self.network.axons:
                raise InputError(f"sample: expected shape (steps, {self.network.axons}), not {sample.shape}")
            sample = to_events(sample)
        count = self.network.neurons.count
        spikes = np.zeros((len(sample), count), np.bool_)
        total = np.zeros(count, np.int64)
        input_events = operations = 0
        for step, events in enumerate(sample):
            record = self.step(events)
            spikes[step] = record.spike
            total += record.potential_after
            input_events += len(events)
            operations += record.synaptic_operations
        potential = self.potential
        self.reset()
        return read_out(
            self.network,
            spikes=spikes,
            potential=potential,
            potential_sum=total,
            input_events=input_events,
            synaptic_operations=operations,
        )


def refuse_inexact(network: Network) -> None:
    """InputError if a current could leave the range in which 64-bit integers are exact.

    A leak never raises a magnitude, so a current is at most the sum of a neuron's absolute weights times the steps.
    """
    largest = np.zeros(network.neurons.count, np.float64)
    np.add.at(largest, network.target, np.abs(network.weight.astype(np.float64)))
    reach = float(largest.max()) * network.max_steps
    if reach >= EXACT:
        raise InputError(f"network: weights too large: a current could reach {reach:.3g}, expected less than 2**50")
