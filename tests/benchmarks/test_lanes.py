# SPDX-License-Identifier: Apache-2.0
"""benchmarks.lanes: what it says of fill is right, and its annealing counts words as the compiler does."""

import numpy as np
import pytest

from benchmarks.lanes import annealed, fill, shared_rows
from model.mapping.renumber import row_numbers, synapse_words
from model.network import Network, Neurons, Readout


def scattered() -> Network:
    """Eight axons with a row of four neurons each, which share lanes in the network's own order."""
    place = np.arange(32).reshape(8, 4).T.ravel()
    return Network(
        axons=8,
        neurons=Neurons(count=32),
        source=place // 4,
        target=np.arange(32),
        delay=np.zeros(32, np.int64),
        weight=np.ones(32, np.int64),
        readout=Readout(neurons=(0,)),
    )


def test_a_network_that_fits_is_full() -> None:
    assert fill(scattered(), 4) == (1.0, 1.0)
    assert fill(scattered(), 8) == (0.5, 0.5), "four synapses in a word of eight places"


def test_levels_that_share_words() -> None:
    network = Network(
        axons=1,
        neurons=Neurons(count=4),
        source=np.zeros(6, np.int64),
        target=np.array([0, 1, 0, 2, 3, 3]),
        delay=np.array([0, 0, 1, 1, 2, 3]),
        weight=np.ones(6, np.int64),
        readout=Readout(neurons=(0,)),
    )
    assert shared_rows(network, 1).tolist() == row_numbers(network).tolist() == [0, 0, 1, 1, 2, 3]
    assert shared_rows(network, 2).tolist() == [0, 0, 0, 0, 1, 1]
    assert fill(network, 4) == pytest.approx((6 / 16, 6 / 16))
    # A neuron with two synapses in a row has both in its lane: two words for each pair of levels.
    assert fill(network, 4, levels=2) == pytest.approx((6 / 16, 6 / 8))


def test_annealing_finds_what_there_is_to_find() -> None:
    network = scattered()
    own = np.arange(32)
    assert annealed(network, own, 4, 0) == synapse_words(network, own, 4)
    assert annealed(network, own, 4, 20_000) == annealed(network, own, 4, 20_000) < synapse_words(network, own, 4)
