# SPDX-License-Identifier: Apache-2.0
"""Which neurons of a network go into which core of the chip."""

import numpy as np

from model.dynap.chip import Chip
from model.dynap.network import AnalogNetwork, IntArray
from support.errors import InputError


def place(network: AnalogNetwork, board: Chip) -> list[IntArray]:
    """The neurons of each core, ascending, core after core.

    A core holds neurons of one group, since all of a core share its biases; a group takes as few cores as its neurons
    need, or more where a core would hear more sources than there are tags. Raises InputError that names the limit.
    """
    most = board.all_cores * board.neurons
    if network.neurons > most:
        raise InputError(
            f"neurons: the network has {network.neurons}; {board.chips} chips of {board.cores} cores of "
            f"{board.neurons} have {most}"
        )
    count = np.bincount(network.target, minlength=network.neurons)
    if count.max(initial=0) > board.synapses:
        neuron = int(count.argmax())
        raise InputError(f"synapses: neuron {neuron} has {count[neuron]}; a neuron of the chip has {board.synapses}")
    parts: list[IntArray] = []
    for group in range(len(network.biases)):
        members = np.flatnonzero(network.group == group)
        parts += np.array_split(members, -(-len(members) // board.neurons))
    if len(parts) > board.all_cores:
        raise InputError(
            f"cores: the network needs {len(parts)} for its {len(network.biases)} groups of biases; "
            f"{board.chips} chips have {board.all_cores}"
        )
    return _spread(network, parts, board)


def _spread(network: AnalogNetwork, parts: list[IntArray], board: Chip) -> list[IntArray]:
    """The parts, halved where they hear too much."""
    while True:
        heard = [len(np.unique(network.source[np.isin(network.target, part)])) for part in parts]
        worst = int(np.argmax(heard)) if heard else 0
        if not heard or heard[worst] <= board.tags:
            return parts
        if len(parts) == board.all_cores or len(parts[worst]) == 1:
            raise InputError(
                f"tags: {len(parts[worst])} neurons of a core hear {heard[worst]} sources; a core tells {board.tags} "
                f"tags apart, and there is {'no core left' if len(parts) == board.all_cores else 'nothing to spread'}"
            )
        parts = [*parts[:worst], *np.array_split(parts[worst], 2), *parts[worst + 1 :]]
