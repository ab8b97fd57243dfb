# SPDX-License-Identifier: Apache-2.0
"""train.budget.placement: what cannot fit is told before training."""

import re
from typing import Any

import numpy as np
import pytest

from model.bounds import worst_case_capacity
from model.config import CoreConfig, DelayUnit
from model.mapping.compiler import compile_network
from model.mapping.partition import partition
from model.network import Network, Neurons, Readout
from support.errors import InputError
from train.budget.placement import check_core
from train.config.network import NetworkConfig
from train.layers.network import DelayNetwork

NETWORK = NetworkConfig.model_validate({"hidden": [6, 4], "classes": 2, "between": {"first": 1, "last": 7}})


def core(**changes: Any) -> CoreConfig:
    """The least build that can take the network, unless it is pruned away."""
    return CoreConfig(**{"neurons": 12, "axons": 10, "delays": 7, "rows": 1, "synapse_words": 1, **changes})


def check(build: CoreConfig, cores: int = 1, network: NetworkConfig = NETWORK) -> None:
    check_core(build, cores, network, axons=10, weights=(-127, 127))


def test_what_just_fits_is_accepted() -> None:
    check(core())
    # 4 + 4 + 4: the second has neurons of all layers, so the axons, four of the first layer and three of the second.
    check(core(neurons=4, axons=17), 3)
    check(core(delay_unit=DelayUnit.SCDQ, queue_depth=60))
    check(core(delay_unit=DelayUnit.BITMAP, queue_depth=12))


@pytest.mark.parametrize(
    ("changes", "cores", "message"),
    [
        ({"delays": 6}, 1, "network.between: delays of up to 7 steps need 7 delay levels, the core has 6; exp"),
        ({"weight_bits": 7}, 1, "quantisation: weights of -127 to 127 do not fit the core's 7 bits; expected"),
        ({"weight_bits": 4, "codebook": True}, 1, "quantisation: weights of -127 to 127 do not fit the core's 4 bits "),
        ({"neurons": 11}, 1, "budget.core: neurons: needs 12, the core has 11; expected budget.cores of at least 2"),
        ({"neurons": 3}, 3, "budget.core: neurons: needs 12, 3 cores have 9; expected budget.cores of at least 4"),
        ({}, 13, "budget.cores must be at most the number of neurons (12), not 13"),
        ({"axons": 9}, 1, "budget.core: axons: needs 10, the core has 9"),
        ({"axons": 16}, 3, "budget.core: axons of core 2: needs 17, the core has 16"),
        ({"delay_unit": "scdq", "queue_depth": 59}, 1, "budget.core: queue_depth: needs 60 for scdq, the core has 59"),
        ({"delay_unit": "bitmap", "queue_depth": 11}, 1, "budget.core: queue_depth: needs 12 for bitmap, the core"),
    ],
)  # fmt: skip
def test_what_cannot_fit_is_told_with_its_limit(changes: dict[str, Any], cores: int, message: str) -> None:
    with pytest.raises(InputError, match=re.escape(message)) as error:
        check(core(**changes), cores)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("cores", [1, 2, 3])
@pytest.mark.parametrize("unit", list(DelayUnit))
def test_the_least_that_is_accepted_is_what_the_compiler_needs(cores: int, unit: DelayUnit) -> None:
    """Of a network with every synapse there can be, recurrent and in columns."""
    network = NetworkConfig.model_validate({
        "hidden": [6, 4], "classes": 2, "columns": 2, "input": {"first": 0, "last": 2},
        "between": {"first": 1, "last": 3}, "recurrent": {"first": 1, "last": 5},
    })  # fmt: skip
    parts = partition(dense(network), cores)
    least: dict[str, Any] = {
        "neurons": max(part.neurons.count for part in parts), "axons": max(part.axons for part in parts), "delays": 5,
        "rows": 1000, "synapse_words": 1000, "delay_unit": unit,
    }  # fmt: skip
    depth = 1
    while refused(CoreConfig(**least, queue_depth=depth), cores, network):
        depth += 1
    for part in parts:
        compile_network(part, CoreConfig(**least, queue_depth=depth))
    most = max(worst_case_capacity(part) for part in parts)
    assert depth == most if unit.has_queues else depth < most
    for name in ("neurons", "axons", "delays"):
        assert refused(CoreConfig(**{**least, name: least[name] - 1, "queue_depth": depth}), cores, network)


def refused(build: CoreConfig, cores: int, network: NetworkConfig) -> bool:
    try:
        check(build, cores, network)
    except InputError:
        return True
    return False


def dense(config: NetworkConfig) -> Network:
    """All synapses that a network of 10 axons and 6, 4 and 2 neurons starts with, each of weight 1."""
    first, parts = [10, 16, 20], []
    before = 0
    for here, layer in zip(first, DelayNetwork(10, config).layers, strict=True):
        for group, source in zip(layer.groups, (before, here), strict=False):
            level, origin, target = np.nonzero(group.matrix().numpy())
            parts.append(np.stack([origin + source, target + here - 10, np.asarray(group.levels)[level]]))
        before = here
    source, target, delay = np.concatenate(parts, axis=1)
    return Network(
        axons=10, neurons=Neurons(count=12), source=source, target=target, delay=delay, weight=np.ones_like(source),
        readout=Readout(neurons=(10, 11)), max_steps=20,
    )  # fmt: skip
