# SPDX-License-Identifier: Apache-2.0
"""train.loop.learner: the network, its average, and that what is done to one is done to the other."""

from pathlib import Path

import numpy as np
import torch

from tests.train.helpers import CLASSES, run_config
from train.loop.evaluate import Labelled
from train.loop.learner import Learner


def learner(folder: Path) -> Learner:
    random = np.random.default_rng(4)
    samples = Labelled(random.random((20, 12, 14)) < 0.3, random.integers(0, CLASSES, 20))
    return Learner(run_config(folder, budget={"keep": None, "synapses": 60}), None, samples)


def test_the_average_follows_by_its_decay(tmp_path: Path) -> None:
    some = learner(tmp_path)
    mine, other = some.network.parallel()[0], some.average.parallel()[0]
    with torch.no_grad():
        mine.weight.fill_(3.0)
        other.weight.fill_(1.0)
    some.update_average(0.75)
    assert torch.allclose(other.weight, torch.full_like(other.weight, 1.5))
    some.update_average(0.0)
    assert torch.equal(other.weight, mine.weight)
    assert float(mine.weight.detach().min()) == 3.0


def test_what_is_no_real_number_is_copied(tmp_path: Path) -> None:
    some = learner(tmp_path)
    some.network.parallel()[0].mask[0] = False
    some.update_average(0.9)
    assert torch.equal(some.average.parallel()[0].mask, some.network.parallel()[0].mask)


def test_statistics_of_the_average_do_not_act_back(tmp_path: Path) -> None:
    some = learner(tmp_path)
    before = {name: value.clone() for name, value in some.network.state_dict().items()}
    fresh = {name: value.clone() for name, value in some.average.state_dict().items()}
    after = some.calibrated().state_dict()
    assert any(not torch.equal(value, after[name]) for name, value in fresh.items())
    assert all(torch.equal(value, before[name]) for name, value in some.network.state_dict().items())
    some.take_average()
    assert all(torch.equal(value, after[name]) for name, value in some.network.state_dict().items())


def test_a_started_average_is_a_copy(tmp_path: Path) -> None:
    some = learner(tmp_path)
    some.network.settle()
    some.start_average()
    with torch.no_grad():
        some.network.parallel()[0].weight.zero_()
    assert float(some.average.parallel()[0].weight.detach().abs().max()) > 0


def test_both_are_pruned_alike_and_once(tmp_path: Path) -> None:
    some = learner(tmp_path)
    some.prune(1.0)
    assert some.network.synapse_count() <= 60
    for mine, other in zip(some.network.parallel(), some.average.parallel(), strict=True):
        assert torch.equal(mine.mask, other.mask)
    masks = [group.mask.clone() for group in some.network.parallel()]
    some.prune(0.5)
    assert all(torch.equal(mask, group.mask) for mask, group in zip(masks, some.network.parallel(), strict=True))
