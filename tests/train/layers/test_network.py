# SPDX-License-Identifier: Apache-2.0
"""train.layers.network: structure of the network and causality of its delays."""

import pytest
import torch

from support.errors import InputError
from train.config.network import DelayConfig, NetworkConfig
from train.config.run import NoiseConfig
from train.layers.network import DelayNetwork

CONFIG = NetworkConfig(hidden=(5, 4), classes=3, between=DelayConfig(first=2, last=4, step=2), normalise=False, tau=5)


def test_hops_take_the_delays_of_the_configuration() -> None:
    """An event at step 3 changes the first layer at 3, the second at 5 and the read-out at 7: never earlier."""
    network = DelayNetwork(6, CONFIG, seed=1).eval()
    with torch.no_grad():
        for group in network.parallel():
            group.weight.abs_().add_(1)
        quiet, event = torch.zeros(2, 12, 1, 6)
        event[3, 0, 2] = 1
        before, after = network(quiet), network(event)
    # Sums in the frequency domain leave round-off in steps that nothing arrives in.
    changed = [
        ((a - b).abs() > 1e-5).any(-1).any(-1).nonzero()[0].item()
        for a, b in zip(before.potentials, after.potentials, strict=True)
    ]
    assert changed == [3, 5, 7]


@pytest.mark.parametrize("readout", ["last_potential", "potential_sum"])
def test_score_orders_classes_like_the_readout(readout: str) -> None:
    config = CONFIG.model_copy(update={"readout": readout})
    network = DelayNetwork(6, config, seed=2).eval()
    with torch.no_grad():
        for group in network.parallel():
            group.weight.mul_(4)
        x = (torch.rand(12, 20, 6, generator=torch.Generator().manual_seed(0)) < 0.5).float()
        output = network(x)
    potential = output.potentials[-1]
    want = potential[-1] if readout == "last_potential" else potential.sum(0)
    assert torch.equal(output.score.argmax(1), want.argmax(1))
    assert len(output.score.argmax(1).unique()) > 1


def test_the_seed_decides_the_start() -> None:
    weights = [DelayNetwork(6, CONFIG, seed=seed).groups[0].matrix() for seed in (1, 1, 2)]
    assert torch.equal(weights[0], weights[1])
    assert not torch.equal(weights[0], weights[2])


def test_share_must_divide_the_axons() -> None:
    with pytest.raises(InputError, match=r"network\.share must divide the number of axons \(6\), not 4"):
        DelayNetwork(6, CONFIG.model_copy(update={"share": 4}))


@pytest.mark.parametrize(
    "noise",
    [{"weight_mismatch": 0.2}, {"threshold_mismatch": 0.2}, {"delay_jitter": 0.3}, {"dropped": 0.2}, {"spurious": 0.1}],
    ids=str,
)
def test_noise_disturbs_training_and_not_evaluation(noise: dict[str, float]) -> None:
    networks = [DelayNetwork(6, CONFIG, seed=4, noise=each) for each in (None, NoiseConfig(**noise))]
    x = (torch.rand(20, 8, 6, generator=torch.Generator().manual_seed(1)) < 0.5).float()
    with torch.no_grad():
        for network in networks:
            for group in network.parallel():
                group.weight.mul_(4)
        clean, disturbed = (network.train()(x).potentials[1] for network in networks)
        again = networks[1](x).potentials[1]
        quiet = [network.eval()(x).score for network in networks]
    assert not torch.equal(clean, disturbed)
    assert not torch.equal(disturbed, again)
    assert torch.equal(*quiet)


@pytest.mark.parametrize("noise", [{"delay_jitter": 0.5}, {"dropped": 0.5}, {"spurious": 0.2}], ids=str)
def test_noise_disturbs_the_events_of_recurrent_synapses(noise: dict[str, float]) -> None:
    """The layer alone, whose events from elsewhere are as they are."""
    config = CONFIG.model_copy(update={"recurrent": DelayConfig(first=1, last=3)})
    layer = DelayNetwork(6, config, seed=4).layers[0]
    x = (torch.rand(20, 8, 6, generator=torch.Generator().manual_seed(1)) < 0.5).float()
    assert layer.recurrent is not None
    with torch.no_grad():
        for group in layer.groups:
            for weight in group.parameters():
                weight.mul_(4)
        clean, disturbed = (layer(x, torch.float32, each)[1] for each in (None, NoiseConfig(**noise)))
        for weight in layer.recurrent.parameters():
            weight.zero_()
        without = [layer(x, torch.float32, each)[1] for each in (None, NoiseConfig(**noise))]
    assert not torch.equal(clean, disturbed)
    assert torch.equal(*without)
