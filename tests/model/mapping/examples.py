# SPDX-License-Identifier: Apache-2.0
"""Networks that the tests of placements share."""

import numpy as np

from model.network import Network, Neurons, Readout
from model.random_network import random_config, random_network


def drawn(seed: int, neurons: int = 20) -> tuple[np.random.Generator, Network]:
    """A random network, and the generator that it was drawn with."""
    rng = np.random.default_rng([seed, 13])
    return rng, random_network(rng, random_config(rng, neurons=neurons, axons=9, lanes=2), density=0.3, full=True)


def chain(neurons: int = 12) -> Network:
    """Each neuron hears the one before; the first hears an axon."""
    return Network(
        axons=1,
        neurons=Neurons(count=neurons),
        source=np.arange(neurons),
        target=np.arange(neurons),
        delay=np.ones(neurons, int),
        weight=np.full(neurons, 100),
        readout=Readout(neurons=(0,)),
        name="chain",
    )
