# SPDX-License-Identifier: Apache-2.0
"""train.budget.probe: changes of one group, measured on a copy."""

import numpy as np
import pytest
import torch

from tests.train.helpers import CLASSES
from train.budget.probe import Probe, group_names, left_out, moved, rounded_to
from train.config.network import NetworkConfig
from train.layers.network import DelayNetwork
from train.loop.evaluate import Labelled, evaluate, time_first


def network() -> DelayNetwork:
    """14 axons, two layers of 6 of which each has synapses onto itself, 3 classes."""
    made = DelayNetwork(14, NetworkConfig.model_validate({
        "hidden": [6, 6], "classes": CLASSES, "between": {"first": 1, "last": 5, "step": 2},
        "recurrent": {"first": 1, "last": 3},
    }))  # fmt: skip
    made.settle()
    return made


def samples(count: int = 300) -> Labelled:
    rng = np.random.default_rng(5)
    return Labelled(rng.random((count, 12, 14)) < 0.3, rng.integers(0, CLASSES, count))


def test_quality_is_that_of_evaluation() -> None:
    made, seen = network(), samples()
    got = Probe(made, seen, None).measure()
    assert got.accuracy == (evaluate(made, seen.events).predictions == seen.labels).mean()
    score = made(time_first(seen.events.transpose(1, 0, 2))).score
    want = torch.nn.functional.cross_entropy(score, torch.from_numpy(seen.labels)).item()
    assert got.loss == pytest.approx(want, rel=1e-5)


def test_statistics_are_taken_anew_and_the_network_stays() -> None:
    made, seen = network(), samples()
    before = {name: value.clone() for name, value in made.state_dict().items()}
    probe = Probe(made, seen, time_first(seen.events.transpose(1, 0, 2)))
    plain = probe.measure()
    other = probe.measure_with(2, torch.zeros_like(made.parallel()[2].weight))
    assert other != plain
    assert probe.measure() == plain
    assert plain != Probe(made, seen, None).measure()
    assert all(torch.equal(value, before[name]) for name, value in made.state_dict().items())


def test_a_kernel_may_revive_what_was_pruned() -> None:
    made, seen = network(), samples()
    kernel = made.parallel()[0].kernel().detach().clone()
    plain = Probe(made, seen, None).measure()
    made.parallel()[0].prune(torch.zeros_like(kernel, dtype=torch.bool))
    assert Probe(made, seen, None).measure() != plain
    assert Probe(made, seen, None).measure_with(0, kernel) == plain


def test_names_are_in_the_order_of_the_groups() -> None:
    names = group_names(network())
    assert names == ["into layer 1", "layer 1 onto itself", "into layer 2", "layer 2 onto itself", "into layer 3"]


@pytest.mark.parametrize("bits", [2, 4, 8])
def test_rounded_weights_are_multiples_within_the_range(bits: int) -> None:
    kernel = network().parallel()[0].kernel().detach()
    top = (1 << (bits - 1)) - 1
    rounded = rounded_to(kernel, -top, top)
    for target in range(kernel.shape[2]):
        values = rounded[:, :, target].unique()
        integers = values / values.abs().max() * torch.arange(1, top + 1)[:, None]
        assert bool(((integers - integers.round()).abs().amax(1) < 1e-3).any())
    assert float((rounded - kernel).abs().max()) < float(kernel.abs().max()) / (1 << (bits - 2))


def test_delays_beyond_a_range_are_left_out_or_moved() -> None:
    kernel = torch.arange(1.0, 9).view(4, 1, 2)
    levels = (1, 3, 5, 7)
    assert left_out(kernel, levels, 4)[:, 0].tolist() == [[1, 2], [3, 4], [0, 0], [0, 0]]
    assert moved(kernel, levels, 4)[:, 0].tolist() == [[1, 2], [15, 18], [0, 0], [0, 0]]
    assert torch.equal(moved(kernel, levels, 7), kernel)
    assert moved(kernel, levels, 0)[:, 0].tolist() == [[16, 20], [0, 0], [0, 0], [0, 0]]
