# SPDX-License-Identifier: Apache-2.0
"""Delays emulated by the host: a network for a core without delay unit, and the events that the host sends it.

What arXiv 2404.10597 compares its delay unit with. The host keeps every event in a queue of its own and sends it
again in each step in which one of its delays ends, as an event of an axon that stands for this source and this delay.
No neuron has synapses from another one inside the core: every spike goes to the host, and comes back as often as its
source has delays.
"""

from dataclasses import dataclass

import numpy as np

from model.encoding import Raster
from model.network import IntArray, Network


@dataclass(frozen=True, kw_only=True)
class Emulated:
    """A network whose delays the host emulates."""

    network: Network
    """The one that the core gets: an axon for each pair of source and delay, every delay 0."""
    source: IntArray
    """Of each of its axons, the source in the original network: an axon, or a neuron after the axons."""
    delay: IntArray
    """Of each of its axons: steps after the source's event."""

    def events(self, events: Raster, spikes: Raster) -> Raster:
        """What the host sends, shape (samples, steps, axons of ``network``).

        ``events``, ``spikes``: of the original network, shape (samples, steps, axons) and (samples, steps, neurons).
        """
        steps = events.shape[1]
        fired = np.concatenate([events, spikes], axis=2)
        sent = np.zeros((len(events), steps, len(self.source)), np.bool_)
        for delay in np.unique(self.delay):
            axons = np.flatnonzero(self.delay == delay)
            if delay < steps:
                sent[:, delay:, axons] = fired[:, : steps - delay, self.source[axons]]
        return sent


def emulate(network: Network) -> Emulated:
    """The network without delays, neuron by neuron as the original one."""
    pairs, axon = np.unique(np.stack([network.source, network.delay]), axis=1, return_inverse=True)
    return Emulated(
        network=Network(
            axons=pairs.shape[1],
            neurons=network.neurons,
            source=axon.ravel(),
            target=network.target,
            delay=np.zeros_like(network.delay),
            weight=network.weight,
            readout=network.readout,
            max_steps=network.max_steps,
            name=f"{network.name}, delays emulated",
            labels=network.labels,
        ),
        source=pairs[0],
        delay=pairs[1],
    )
