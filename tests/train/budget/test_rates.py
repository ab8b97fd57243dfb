# SPDX-License-Identifier: Apache-2.0
"""train.budget.rates: how often sources send, counted by hand."""

import pytest
import torch

from train.budget.rates import source_rates
from train.config.network import DelayConfig, NetworkConfig
from train.layers.network import DelayNetwork

CONFIG = NetworkConfig(
    hidden=(5, 4), classes=3, between=DelayConfig(first=1, last=3), recurrent=DelayConfig(first=1, last=2), share=2,
    normalise=False,
)  # fmt: skip


def network() -> DelayNetwork:
    made = DelayNetwork(6, CONFIG, seed=3)
    with torch.no_grad():
        for group in made.parallel():
            group.weight.mul_(4)
    return made


def events() -> torch.Tensor:
    return (torch.rand(12, 5, 6, generator=torch.Generator().manual_seed(2)) < 0.4).float()


def test_without_samples_all_send_alike() -> None:
    rates = source_rates(network(), None)
    # Into layer 1 (two axons share their weights), onto itself, into layer 2, onto itself, into the read-out.
    assert [rate.tolist() for rate in rates] == [[1.0] * 3, [1.0] * 5, [1.0] * 5, [1.0] * 4, [1.0] * 4]


def test_rates_of_axons_and_neurons() -> None:
    made, x = network(), events()
    rates = source_rates(made, x)
    pairs = x[:, :, 0::2] + x[:, :, 1::2]
    assert rates[0].tolist() == pytest.approx((pairs**2).mean((0, 1)).tolist())
    with torch.no_grad():
        spikes = made.eval()(x).spikes
    for number, layer in ((1, 0), (2, 0), (3, 1), (4, 1)):
        assert rates[number].tolist() == pytest.approx(spikes[layer].mean((0, 1)).tolist())
    assert 0 < float(rates[2].max()) <= 1


@pytest.mark.parametrize("training", [True, False])
def test_the_network_stays_in_its_mode(training: bool) -> None:
    made = network().train(training)
    source_rates(made, events())
    assert made.training is training
