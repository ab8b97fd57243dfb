# SPDX-License-Identifier: Apache-2.0
"""train.delgrad.fit: of several starts the best is trained, and a run with one start is as it was."""

import torch

from tests.train.delgrad.examples import config_for
from train.delgrad.fit import Fit, pick_start


def test_the_best_start_is_picked() -> None:
    config = config_for(network={"hidden": [4]}, training={"starts": 3, "start_epochs": 1, "epochs": 2, "batch": 500})
    picked = pick_start(config)
    assert picked.training.model_copy(update={"seed": 0}) == config.training
    scores = {}
    for seed in range(3):
        one = config.model_copy(update={"training": config.training.model_copy(update={"seed": seed})})
        scores[seed] = pick_start(one).training.seed
    assert len(set(scores.values())) == 3  # the starts of a seed are its own
    short = {"epochs": 1, "keep": "best"}
    fits = []
    for seed in (config.training.seed, picked.training.seed):
        fits.append(
            Fit(config.model_copy(update={"training": config.training.model_copy(update=short | {"seed": seed})}))
        )
        fits[-1].run()
    assert fits[1].best >= fits[0].best


def test_training_begins_with_it() -> None:
    config = config_for(network={"hidden": [4]}, training={"starts": 3, "start_epochs": 1, "epochs": 2, "batch": 500})
    fit, expected = Fit(config), Fit(pick_start(config))
    fit.begin()
    for name in ("network", "average", "kept"):
        for one, other in zip(getattr(fit, name).parameters(), getattr(expected, name).parameters(), strict=True):
            assert torch.equal(one, other)


def test_one_start_is_that_of_the_seed() -> None:
    config = config_for(network={"hidden": [4]})
    assert pick_start(config) == config
    fit, expected = Fit(config), Fit(config)
    fit.begin()
    for one, other in zip(fit.network.parameters(), expected.network.parameters(), strict=True):
        assert torch.equal(one, other)
