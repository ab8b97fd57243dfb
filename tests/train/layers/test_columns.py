# SPDX-License-Identifier: Apache-2.0
"""train.layers.network: columns, parts of the hidden layers that meet at the read-out only, and new statistics."""

import re
from pathlib import Path

import pytest
import torch
from pydantic import ValidationError

from tests.train.helpers import run_config
from train.config.network import DelayConfig, DelayKind, NetworkConfig
from train.config.run import with_seed
from train.layers.network import DelayNetwork

DELAYS = DelayConfig(first=1, last=3)
CONFIG = NetworkConfig(hidden=(6, 8), classes=3, between=DELAYS, recurrent=DELAYS, columns=2, tau=5, readout_tau=4)


def events(samples: int = 20) -> torch.Tensor:
    return (torch.rand(12, samples, 5, generator=torch.Generator().manual_seed(0)) < 0.5).float()


def test_no_synapse_joins_two_columns() -> None:
    network = DelayNetwork(5, CONFIG, seed=1)
    first, second, readout = network.layers
    for group in (second.synapses, first.recurrent, second.recurrent):
        assert group is not None
        present = (group.matrix() != 0).all(0)
        own = (
            torch.arange(group.sources)[:, None] * 2 // group.sources
            == torch.arange(group.targets) * 2 // group.targets
        )
        assert torch.equal(present, own)
    assert (first.synapses.matrix() != 0).all()
    assert (readout.synapses.matrix() != 0).all()


def test_the_mean_of_the_votes_is_the_score_of_the_whole() -> None:
    network = DelayNetwork(5, CONFIG.model_copy(update={"normalise": False}), seed=2)
    with torch.no_grad():
        for layer in network.layers:
            layer.neurons.bias.add_(0.05)
        learning, whole = network(events()), network.eval()(events())
    assert learning.votes.shape == (2, 20, 3)
    assert whole.votes.shape == (1, 20, 3)
    assert sum(spikes.sum() for spikes in whole.spikes) > 0
    assert not torch.allclose(learning.votes[0], learning.votes[1])
    torch.testing.assert_close(learning.score, whole.score)


def test_products_of_columns_apart_are_those_of_the_whole() -> None:
    network = DelayNetwork(5, CONFIG, seed=4)
    x = (torch.rand(12, 20, 6, generator=torch.Generator().manual_seed(1)) < 0.5).float()
    synapses = network.layers[1].synapses
    results = []
    for columns in (2, 1):
        synapses.columns = columns
        synapses.zero_grad()
        sources = x.clone().requires_grad_()
        arrivals = synapses(sources)
        (arrivals * torch.linspace(-1, 1, 8)).sum().backward()
        assert isinstance(synapses.weight, torch.nn.Parameter)
        assert synapses.weight.grad is not None
        assert sources.grad is not None
        results.append((arrivals.detach(), synapses.weight.grad.clone(), sources.grad))
    assert results[0][0].abs().max() > 0
    for apart, whole in zip(*results, strict=True):
        torch.testing.assert_close(apart, whole)


def test_a_column_learns_from_its_own_vote_only() -> None:
    network = DelayNetwork(5, CONFIG, seed=3)
    network(events()).votes[0].square().sum().backward()
    weight = network.layers[0].synapses.weight
    assert isinstance(weight, torch.nn.Parameter)
    assert weight.grad is not None
    assert weight.grad[:, :, :3].abs().sum() > 0
    assert weight.grad[:, :, 3:].abs().sum() == 0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"hidden": (6, 7)}, "columns (2) must divide each of hidden ([6, 7])"),
        (
            {"between": {"kind": "synapse", "first": 1, "last": 3}},
            "columns need between.kind = 'parallel', not 'synapse'",
        ),
    ],
)
def test_columns_that_cannot_be(change: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=re.escape(message)):
        NetworkConfig.model_validate({"hidden": (6, 8), "columns": 2, **change})


def test_statistics_taken_anew_are_those_of_the_events() -> None:
    """Whatever they were before, and without a change to weights or to how training goes on."""
    network = DelayNetwork(5, CONFIG.model_copy(update={"recurrent": None, "columns": 1}), seed=4)
    before = {name: value.clone() for name, value in network.named_parameters()}
    for _ in range(3):
        network(torch.ones(12, 4, 5))
    network.recalibrate(events(50))
    norm = network.layers[0].neurons.norm
    assert norm is not None
    arrivals = network.layers[0].synapses(events(50)).reshape(-1, 6)
    torch.testing.assert_close(norm.running_mean, arrivals.mean(0), atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(norm.running_var, arrivals.var(0), atol=1e-5, rtol=1e-4)
    assert norm.momentum == pytest.approx(0.05)
    assert not network.training
    assert not norm.training
    assert all(torch.equal(value, before[name]) for name, value in network.named_parameters())


def test_another_seed_names_the_run_and_the_one_it_starts_from(tmp_path: Path) -> None:
    config = with_seed(run_config(tmp_path, training={"start": "runs/first"}), 7)
    assert (config.name, config.training.seed, config.training.start) == ("small-s7", 7, Path("runs/first-s7"))
    assert with_seed(run_config(tmp_path), 7).training.start is None


def test_learned_delays_are_allowed_where_columns_do_not_meet() -> None:
    NetworkConfig(hidden=(6,), columns=2, between=DelayConfig(kind=DelayKind.SYNAPSE, first=1, last=3))
