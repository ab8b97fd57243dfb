# SPDX-License-Identifier: Apache-2.0
"""train.config.network: levels of delays, and combinations that make no network."""

import math
from typing import Any

import pytest
from pydantic import ValidationError

from model.limits import LEAK_ONE
from train.config.network import DelayConfig, NetworkConfig, leak_factor


def test_levels() -> None:
    assert DelayConfig(first=1, last=8, step=3).levels == (1, 4, 7)
    assert DelayConfig(first=0, last=0).levels == (0,)
    assert NetworkConfig().between.levels == tuple(range(1, 60, 2))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"first": 5, "last": 4}, r"last must be at least first \(5\), not 4"),
        ({"first": 0, "last": 256}, "less than 256"),
        ({"first": -1, "last": 4}, "greater than or equal to 0"),
        ({"first": 1, "last": 4, "count": 2}, "count is for learned delays; parallel synapses have all levels, not 2"),
        ({"first": 1, "last": 4, "kind": "axon", "fade": 2}, "fade is for kind = 'parallel', not 'axon'"),
        ({"first": 1, "last": 4, "kind": "soma"}, "kind"),
    ],
)
def test_delays_that_cannot_be(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        DelayConfig.model_validate(changes)


LEARNED = {"kind": "synapse", "first": 1, "last": 5}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"between": {"first": 0, "last": 4}}, "between.first must be at least 1: a spike arrives in a later step"),
        ({"recurrent": {"first": 0, "last": 4}}, "recurrent.first must be at least 1"),
        ({"hidden": (4, 6), "columns": 4}, r"columns \(4\) must divide each of hidden \(\[4, 6\]\)"),
        ({"columns": 2, "between": LEARNED}, "columns need between.kind = 'parallel', not 'synapse'"),
        ({"hidden": (4,), "columns": 2, "recurrent": LEARNED}, "columns need recurrent.kind = 'parallel'"),
        ({"synaptic_tau": 5.0}, "normalise needs delta synapses: synaptic_tau must be absent"),
        ({"hidden": ()}, "at least 1 item"),
    ],
)
def test_networks_that_cannot_be(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        NetworkConfig.model_validate(changes)


def test_one_hidden_layer_may_have_columns_and_learned_delays_to_the_readout() -> None:
    config = NetworkConfig.model_validate({"hidden": (4,), "columns": 2, "between": LEARNED})
    assert config.columns == 2


def test_a_leak_is_below_one_in_the_integers_too() -> None:
    assert leak_factor(10.0) == math.exp(-0.1)
    assert leak_factor(1e9) == (LEAK_ONE - 1) / LEAK_ONE
