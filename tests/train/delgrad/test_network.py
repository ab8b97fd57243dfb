# SPDX-License-Identifier: Apache-2.0
"""train.delgrad.network, delays, noise: gradients through layers, kinds of delays, what a chip changes."""

from typing import Any

import pytest
import torch
from torch import Tensor

from tests.train.delgrad.examples import config_for
from train.delgrad.config import DelayKind, DelGradNoise
from train.delgrad.network import DelGradNetwork, decide
from train.delgrad.noise import Chip, as_on_chip

KINDS = list(DelayKind)


def network_of(kind: DelayKind, **options: Any) -> DelGradNetwork:
    config = config_for(network={"delays": kind, **options}, training={"precision": "float64"})
    return DelGradNetwork(4, 3, config)


def spikes(batch: int = 20) -> Tensor:
    return 2 * torch.rand(batch, 4, generator=torch.Generator().manual_seed(7), dtype=torch.float64)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("ratio", [1, 2])
def test_gradients_without_autograd_are_those_of_autograd(kind: DelayKind, ratio: int) -> None:
    network = network_of(kind, ratio=ratio)
    out = network(spikes())[-1]
    factor = torch.linspace(-1, 1, out.numel(), dtype=torch.float64).view_as(out)
    there = out.isfinite()
    assert there.any()
    parameters = [each for each in network.parameters() if each.numel()]
    expected = torch.autograd.grad((factor * out)[there].sum(), parameters)
    records = network.record(spikes())
    torch.testing.assert_close(records[-1].spikes, out.detach())
    network.gradients(records, factor)
    for parameter, grad in zip(parameters, expected, strict=True):
        torch.testing.assert_close(parameter.grad, grad)


@pytest.mark.parametrize("kind", [DelayKind.AXONAL, DelayKind.DENDRITIC, DelayKind.SYNAPTIC])
def test_gradients_of_delays_are_central_differences(kind: DelayKind) -> None:
    network, step = network_of(kind), 1e-6
    records = network.record(spikes())
    there = records[-1].spikes.isfinite()
    network.gradients(records, there.to(torch.float64))
    checked = 0
    for layer in network.stack:
        values = layer.delays.parameter
        for place in range(values.numel()):
            sides = []
            for sign in (1, -1):
                with torch.no_grad():
                    values.view(-1)[place] += sign * step
                    sides.append(network.record(spikes())[-1].spikes)
                    values.view(-1)[place] -= sign * step
            if not all(bool((each.isfinite() == there).all()) for each in sides):
                continue
            change = torch.where(there, sides[0] - sides[1], 0) / (2 * step)
            if change.abs().max() < 100:  # else a causal set changed
                assert values.grad is not None
                assert float(values.grad.view(-1)[place]) == pytest.approx(float(change.sum()), rel=1e-6, abs=1e-7)
                checked += 1
    assert checked


def test_delays_are_bounded_and_may_be_multiples_of_a_step() -> None:
    layer = network_of(DelayKind.SYNAPTIC, delay_shift=2.0, delay_scale=1.5, delay_spread=5.0, delay_step=0.125).stack[
        0
    ]
    delays = layer.delays.effective()
    assert delays.shape == (30, 4)
    assert float(delays.min()) >= 2.0
    assert float(delays.max()) <= 3.5
    assert bool((delays * 8 == (delays * 8).round()).all())


def test_dendritic_delays_are_equal_delays_of_all_synapses() -> None:
    one, other = network_of(DelayKind.DENDRITIC), network_of(DelayKind.SYNAPTIC)
    with torch.no_grad():
        for mine, theirs in zip(one.stack, other.stack, strict=True):
            theirs.weights.copy_(mine.weights)
            theirs.delays.parameter.copy_(mine.delays.parameter[:, None].expand_as(theirs.delays.parameter))
    for ours, equal in zip(one.record(spikes()), other.record(spikes()), strict=True):
        torch.testing.assert_close(ours.spikes, equal.spikes)


def test_the_first_neuron_is_the_class() -> None:
    inf = torch.inf
    times = torch.tensor([[2.0, 1.0, inf], [1.0, 1.0, 3.0], [inf, inf, inf]])
    assert decide(times).tolist() == [1, 0, -1]


def test_a_chip_has_a_pattern_of_its_own() -> None:
    noise = DelGradNoise(threshold_mean=0.1, threshold_fixed=0.05, threshold_trial=0.02, delay_jitter=0.01)
    chip, same, other = (Chip(noise, (30, 3), seed) for seed in (0, 0, 1))
    like = torch.zeros(1, dtype=torch.float64)
    assert torch.equal(chip.pattern[0], same.pattern[0])
    assert not torch.equal(chip.pattern[0], other.pattern[0])
    first, again, later = (chip.trial(*seed).threshold(0, like) for seed in ((1, 2), (1, 2), (1, 3)))
    assert torch.equal(first, again)
    assert 0 < float((first - later).std()) < 0.1
    network = network_of(DelayKind.AXONAL)
    calm, disturbed = network.record(spikes()), network.record(spikes(), chip.trial(0))
    assert not torch.equal(calm[0].spikes, disturbed[0].spikes)


def test_weights_on_a_chip() -> None:
    weights = torch.tensor([-3.0, 0.26, 1.0], requires_grad=True)
    found = as_on_chip(weights, DelGradNoise(weight_clip=2.0, weight_step=0.5))
    assert found.tolist() == [-2.0, 0.5, 1.0]
    found.sum().backward()
    assert weights.grad is not None
    assert weights.grad.tolist() == [0.0, 1.0, 1.0]


def test_spikes_that_a_chip_sent_give_the_gradients() -> None:
    network = network_of(DelayKind.AXONAL)
    ideal = network.record(spikes())
    observed = network.record(spikes(), observed=[record.fired for record in ideal])
    for one, other in zip(ideal, observed, strict=True):
        assert torch.equal(one.spikes, other.spikes)
