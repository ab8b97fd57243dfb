# SPDX-License-Identifier: Apache-2.0
"""train.loop.evaluate: classes, spikes and clamps, however samples are cut into batches."""

import numpy as np
import pytest
import torch

from tests.train.budget.test_probe import network, samples
from train.config.run import BudgetConfig, QuantisationConfig
from train.layers.integer import IntegerNetwork
from train.layers.quantise import integer_network, quantise_network
from train.loop.evaluate import Classified, evaluate, evaluate_integers, time_first


def integers(bias: float = 0.0) -> IntegerNetwork:
    """``bias``: of the neurons of the read-out, which leak nothing."""
    made, limits = network(), BudgetConfig(accumulator_bits=8, state_bits=8)
    with torch.no_grad():
        made.layers[-1].neurons.bias.fill_(bias)
    quantise_network(made, QuantisationConfig(), limits)
    return integer_network(made, limits)


def test_accuracy_is_the_share_of_right_classes() -> None:
    seen = Classified(np.array([2, 0, 1, 1]), [0.0])
    assert seen.accuracy(np.array([2, 0, 0, 1])) == 0.75
    assert isinstance(seen.accuracy(np.array([2, 0, 0, 1])), float)


@pytest.mark.parametrize("batch", [1, 7, 40])
def test_batches_change_nothing(batch: int) -> None:
    some = samples(40)
    for one, other in (
        (evaluate(network(), some.events), evaluate(network(), some.events, batch=batch)),
        (evaluate_integers(integers(), some.events), evaluate_integers(integers(), some.events, batch=batch)),
    ):
        assert np.array_equal(one.predictions, other.predictions)
        assert one.spikes == pytest.approx(other.spikes)
        assert one.saturated == other.saturated


def test_spikes_are_the_mean_a_sample_of_each_hidden_layer() -> None:
    some, made = samples(10), network().eval()
    with torch.no_grad():
        want = [float(layer.sum()) / 10 for layer in made(time_first(some.events.transpose(1, 0, 2))).spikes]
    assert evaluate(made, some.events).spikes == pytest.approx(want)
    assert len(want) == 2


def test_a_tie_goes_to_the_lowest_class() -> None:
    """As in hardware."""
    made = network()
    with torch.no_grad():
        for group in made.parallel()[-1:]:
            group.weight.zero_()
        made.layers[-1].neurons.bias.zero_()
    assert set(evaluate(made, samples(8).events).predictions.tolist()) == {0}


def test_potentials_at_a_clamp_are_counted() -> None:
    some = samples(10)
    for bias, clamp in ((100.0, 127), (-100.0, -128)):
        made = integers(bias)
        output = made.forward(time_first(some.events.transpose(1, 0, 2)))
        want = int((output.potentials[-1] == clamp).sum())
        assert want > 100
        assert evaluate_integers(made, some.events).saturated == want
    assert evaluate_integers(integers(), some.events).saturated == 0


def test_time_comes_first_in_memory_too() -> None:
    events = samples(3).events
    made = time_first(events.transpose(1, 0, 2))
    assert made.shape == (12, 3, 14)
    assert made.dtype == torch.float32
    assert made.is_contiguous()
