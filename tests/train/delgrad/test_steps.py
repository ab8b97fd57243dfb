# SPDX-License-Identifier: Apache-2.0
"""train.delgrad.steps: Adam as torch has it, bounds, averages, and the push for silent neurons."""

from copy import deepcopy

import pytest
import torch

from tests.train.delgrad.examples import config_for
from train.delgrad.network import DelGradNetwork
from train.delgrad.steps import Raise, Steps, rate_factor


def test_a_step_is_one_of_adam() -> None:
    config = config_for(network={"delays": "axonal"}, training={"learning_rate": 0.02, "delay_rate": 0.003})
    network = DelGradNetwork(4, 3, config)
    other = deepcopy(network)
    steps = Steps(network, deepcopy(network), config)
    weights = [layer.weights for layer in other.stack]
    delays = [layer.delays.parameter for layer in other.stack]
    adam = torch.optim.Adam([{"params": weights, "lr": 0.02}, {"params": delays, "lr": 0.003}])
    random = torch.Generator().manual_seed(0)
    for _ in range(5):
        for one, same in zip(network.parameters(), other.parameters(), strict=True):
            one.grad = torch.randn(one.shape, generator=random)
            same.grad = one.grad.clone()
        steps(1.0)
        adam.step()
    for one, same in zip(network.parameters(), other.parameters(), strict=True):
        torch.testing.assert_close(one, same)


def test_steps_and_weights_are_bounded_and_the_average_follows() -> None:
    config = config_for(
        training={"learning_rate": 10.0, "step_bound": 0.2, "average": 0.75}, noise={"weight_clip": 1.0}
    )  # fmt: skip
    network = DelGradNetwork(4, 3, config)
    with torch.no_grad():
        for layer in network.stack:
            layer.weights.clamp_(-0.9, 0.9)
    average = deepcopy(network)
    before = [layer.weights.detach().clone() for layer in network.stack]
    steps = Steps(network, average, config)
    for parameter in network.parameters():
        parameter.grad = torch.ones_like(parameter)
    steps(1.0)
    steps.update_average()
    for layer, mean, old in zip(network.stack, average.stack, before, strict=True):
        torch.testing.assert_close(layer.weights.detach(), (old - 0.2).clamp(min=-1))
        torch.testing.assert_close(mean.weights.detach(), old + (layer.weights.detach() - old) / 4)


@pytest.mark.parametrize(("schedule", "expected"), [("steps", [1, 1, 0.5]), ("cosine", [1, 0.975528, 0.5])])
def test_rates(schedule: str, expected: list[float]) -> None:
    options = config_for(training={"epochs": 10, "schedule": schedule, "decay": 0.5, "decay_every": 5}).training
    assert [rate_factor(options, epoch) for epoch in (0, 1, 5)] == pytest.approx(expected)


def test_silent_neurons_are_raised_more_and_more() -> None:
    config = config_for(training={"silent_limits": (0.3, 0.05), "silent_raise": 0.5})
    network = DelGradNetwork(4, 3, config)
    before = [layer.weights.detach().clone() for layer in network.stack]
    raises = Raise(config.training)
    hidden, out = torch.ones(10, 30), torch.full((10, 3), torch.inf)
    hidden[:, :15] = torch.inf
    raises(network, [hidden, out])
    raises(network, [hidden, out])
    change = network.stack[0].weights.detach() - before[0]
    torch.testing.assert_close(change[:15], torch.full((15, 4), 1.5))
    assert bool((change[15:] == 0).all())
    # The outputs may be silent for want of what is silent before them.
    assert torch.equal(network.stack[1].weights, before[1])
    raises(network, [torch.ones(10, 30), out])
    assert raises.now == [0.5, 1.0]
    torch.testing.assert_close(network.stack[1].weights.detach() - before[1], torch.full((3, 30), 0.5))
