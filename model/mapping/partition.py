# SPDX-License-Identifier: Apache-2.0
"""A network cut into those of several cores.

Neurons are numbered layer by layer, the read-out last, and cut into one run of consecutive numbers a core, of equal
length but for one neuron. A core holds the synapses into its neurons. Whatever comes from outside of it takes one of
its axons: an input axon as it is; a neuron of another core with its delay less one step, since its spike arrives with
the events of the next step, which is what the contract's delay level of a neuron means.
"""

from itertools import pairwise

import numpy as np

from model.network import PARAMETERS, Network, Neurons, Readout
from support.errors import InputError


def spans(neurons: int, cores: int) -> list[tuple[int, int]]:
    """First neuron of each core, and the one after its last.

    Raises InputError for less than one core, and for more cores than neurons.
    """
    if not 1 <= cores <= neurons:
        raise InputError(f"cores must be in 1..{neurons}, the number of neurons, not {cores}")
    bounds = [-(-neurons * core // cores) for core in range(cores + 1)]
    return list(pairwise(bounds))


def partition(network: Network, cores: int) -> list[Network]:
    """The network of each core: its neurons, the synapses into them, and an axon for each source outside that has one.

    One core has the whole network, axons without synapses included; of several none has a read-out.
    Raises InputError as ``spans``.
    """
    if cores == 1:
        return [network]
    made = []
    for first, end in spans(network.neurons.count, cores):
        here = (network.target >= first) & (network.target < end)
        source, delay = network.source[here], network.delay[here]
        neuron = source - network.axons
        inside = (neuron >= first) & (neuron < end)
        outside, axon = np.unique(source[~inside], return_inverse=True)
        axons = max(1, len(outside))
        placed = np.where(inside, axons + neuron - first, 0)
        placed[~inside] = axon
        neurons = Neurons(
            count=end - first,
            state_bits=network.neurons.state_bits,
            **{name: getattr(network.neurons, name)[first:end] for name in PARAMETERS},
        )
        made.append(
            Network(
                axons=axons,
                neurons=neurons,
                source=placed,
                target=network.target[here] - first,
                delay=delay - (~inside & (neuron >= 0)),
                weight=network.weight[here],
                readout=Readout(neurons=()),
                max_steps=network.max_steps,
            )
        )
    return made
