# SPDX-License-Identifier: Apache-2.0
"""train.loop.schedule: rates of what learns, their course over a phase, the widths of kernels."""

import pytest
import torch

from train.config.network import DelayConfig, DelayKind, NetworkConfig
from train.config.run import TrainingConfig
from train.layers.network import DelayNetwork
from train.loop.schedule import WARM_UP, adam, set_rates, set_widths

CONFIG = NetworkConfig(hidden=(4,), classes=2, between=DelayConfig(kind=DelayKind.SYNAPSE, first=1, last=9))
OPTIONS = TrainingConfig(leak_rate=5, position_rate=0.1, weight_decay=0.01, sigma=0.25, anneal=0.5)


def rates(optimizer: torch.optim.Optimizer) -> list[float]:
    return [group["lr"] for group in optimizer.param_groups]


def test_every_parameter_learns_once_and_in_its_group() -> None:
    network = DelayNetwork(6, CONFIG)
    optimizer = adam(network, 0.01, OPTIONS)
    learned = [parameter for group in optimizer.param_groups for parameter in group["params"]]
    trained = [parameter for parameter in network.parameters() if parameter.requires_grad]
    assert len(learned) == len({id(parameter) for parameter in learned}) == len(trained)
    weight, position, leak, _ = optimizer.param_groups
    assert {id(each) for each in weight["params"]} == {id(group.weight) for group in network.groups}
    assert {id(each) for each in position["params"]} == {id(group.position) for group in network.placed()}
    assert weight["weight_decay"] == 0.01
    assert position["weight_decay"] == leak["weight_decay"] == 0


def test_peaks_of_the_groups() -> None:
    optimizer = adam(DelayNetwork(6, CONFIG), 0.01, OPTIONS)
    set_rates(optimizer, 0.01, WARM_UP)
    assert rates(optimizer) == pytest.approx([0.01, 0.1, 0.05, 0.01])


def test_a_rate_rises_and_then_falls_to_nothing() -> None:
    optimizer = adam(DelayNetwork(6, CONFIG), 0.01, OPTIONS)
    seen = []
    for done in (0.0, WARM_UP / 2, WARM_UP, (1 + WARM_UP) / 2, 1.0):
        set_rates(optimizer, 0.01, done)
        seen.append(rates(optimizer)[0] / 0.01)
    assert seen == pytest.approx([0.05, 0.525, 1.0, 0.5, 0.0], abs=1e-9)


def test_widths_shrink_geometrically_and_then_stay() -> None:
    network = DelayNetwork(6, CONFIG)
    (placed,) = network.placed()
    seen = []
    for done in (0.0, 0.25, 0.5, 1.0):
        set_widths(network, OPTIONS, done)
        seen.append(placed.sigma)
    assert seen == pytest.approx([2.0, (2.0 * 0.25) ** 0.5, 0.25, 0.25])
