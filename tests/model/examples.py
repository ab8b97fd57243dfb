# SPDX-License-Identifier: Apache-2.0
"""Small networks that the tests of this folder share."""

import dataclasses
from typing import Any

import numpy as np

from model.config import CoreConfig
from model.encoding import Encoding
from model.network import UNTIL_END, Network, Neurons, Readout, ReadoutKind, Reset


def network(synapses: list[tuple[int, int, int, int]], *, axons: int = 2, count: int = 3, **rest: Any) -> Network:
    """A network of (source, target, delay, weight); neuron parameters and network fields by keyword."""
    columns = np.array(synapses, np.int64).reshape(-1, 4).T
    fields = {name: rest.pop(name) for name in list(rest) if name in Network.__dataclass_fields__}
    fields.setdefault("readout", Readout(neurons=tuple(range(count))))
    return Network(
        axons=axons,
        neurons=Neurons(count=count, **rest),
        source=columns[0],
        target=columns[1],
        delay=columns[2],
        weight=columns[3],
        **fields,
    )


def full_network() -> Network:
    """A network that uses every field: recurrent, several delays a pair, an axon and a neuron without synapses."""
    return network(
        [
            (0, 0, 0, 5),
            (0, 0, 3, -7),
            (0, 1, 0, 2),
            (1, 4, 2, -8),
            (3, 0, 1, 7),
            (3, 0, 4, 3),
            (7, 2, 2, 1),
            (3, 4, 1, 6),
        ],
        axons=3,
        count=5,
        state_bits=14,
        alpha=[4096, 0, 4000, 1, 2048],
        beta=[0, 4095, 100, 0, 4096],
        bias=[0, -3, 8191, -8192, 1],
        threshold=[10, 8192, -8192, 5, 0],
        floor=[-8192, 0, -5, 100, 8191],
        reset=[Reset.ZERO, Reset.NONE, Reset.ZERO, Reset.SUBTRACT, Reset.SUBTRACT],
        max_steps=77,
        readout=Readout(neurons=(4, 1), kind=ReadoutKind.FIRST_SPIKE),
        encoding=Encoding(units=7, axons=3, steps=60, step_seconds=0.01, drain=17),
        name="every field",
        labels=("null", "zwölf"),
    )


def refractory_network() -> Network:
    """The same with refractory periods: none, some, the longest that 3 bits count, until the end of sample."""
    net = full_network()
    return dataclasses.replace(net, neurons=dataclasses.replace(net.neurons, refractory=[3, UNTIL_END, 0, 1, 6]))


def build(**changes: Any) -> CoreConfig:
    """A build with room for ``full_network``."""
    base = CoreConfig(
        neurons=7,
        axons=4,
        delays=5,
        rows=20,
        synapse_words=30,
        lanes=3,
        weight_bits=5,
        accumulator_bits=12,
        state_bits=14,
        queue_depth=50,
    )
    return dataclasses.replace(base, **changes)
