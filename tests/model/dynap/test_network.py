# SPDX-License-Identifier: Apache-2.0
"""model.dynap.network: equal networks, groups, and what is refused."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from support.errors import InputError
from tests.model.dynap.examples import random_network, simple


def test_order_and_names_of_groups_do_not_matter() -> None:
    network = random_network(3)
    order = np.random.default_rng(0).permutation(network.synapses)
    # A copy of each group, and every other neuron in the copies.
    doubled = network.group + len(network.biases) * (np.arange(network.neurons) % 2)
    other = replace(
        network, group=doubled, biases=(*network.biases, *network.biases),
        **{key: getattr(network, key)[order] for key in ("source", "target", "kind", "current")},
    )  # fmt: skip
    assert other == network
    assert len(other.biases) == len(network.biases)


def test_others_are_not_equal() -> None:
    network = simple()
    assert network != simple(kind=np.array([0, 2]))
    assert network != simple(outputs=(0,))
    assert network != simple(current=network.current * 2)
    assert network != simple(biases=({**network.biases[0], "i_ref": 1e-9},))
    assert network != 3
    assert network.describe(0) == "the synapse from channel 0 to neuron 0 (ampa)"
    assert network.describe(1) == "the synapse from neuron 0 to neuron 1 (gaba)"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"channels": -1}, "channels must be at least 0, not -1"),
        ({"source": np.array([0, 3])}, r"source must be in 0\.\.2, not 3"),
        ({"target": np.array([0, -1])}, r"target must be in 0\.\.1, not -1"),
        ({"kind": np.array([0, 4])}, r"kind must be in 0\.\.3, not 4"),
        ({"kind": np.array([0])}, "source, target, kind and current must have one length"),
        ({"current": np.array([1e-9, 0.0])}, "current must be above 0 A and finite, not 0"),
        ({"group": np.array([0, 1])}, r"group must be in 0\.\.0, not 1"),
        ({"outputs": (2,)}, r"outputs must be in 0\.\.1, not 2"),
        ({"outputs": (1, 1)}, "outputs must be different neurons"),
        ({"biases": ({"i_ref": 1.0},)}, "group 0: no i_tau_mem"),
        ({"biases": ({**simple().biases[0], "i_oo": 1.0},)}, "group 0: no bias i_oo; expected one of i_tau_mem, "),
        ({"biases": ({**simple().biases[0], "i_w3": -1.0},)}, "group 0: i_w3 must be above 0 A and finite, not -1"),
    ],
)
def test_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=f"^mixed-signal network: {message}"):
        simple(**changes)
