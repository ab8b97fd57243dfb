# SPDX-License-Identifier: Apache-2.0
"""train.budget.choice: the limit is met, and the group that can spare synapses gives them."""

import numpy as np
import pytest
import torch

from tests.train.budget.test_probe import network, samples
from train.budget.choice import choose_keep, most_per_pair
from train.budget.probe import Probe, Quality
from train.budget.selection import keep_per_pair
from train.layers.network import DelayNetwork


def count(made: DelayNetwork, keep: list[int]) -> int:
    return sum(
        int(keep_per_pair(group.kernel().detach(), k).sum()) * group.share
        for group, k in zip(made.parallel(), keep, strict=True)
    )


@pytest.mark.parametrize("share", [1.0, 0.8, 0.6])
def test_the_limit_is_met_and_nearly_reached(share: float) -> None:
    made, seen = network(), samples()
    limit = int(share * made.synapse_count())
    keep = choose_keep(made, seen, None, limit)
    step = max(group.weight.shape[1] * group.weight.shape[2] for group in made.parallel())
    assert limit - step < count(made, keep) <= limit
    assert all(1 <= k <= most_per_pair(group.kernel()) for k, group in zip(keep, made.parallel(), strict=True))


class Priced(Probe):
    """Of a network whose synapses each cost a known loss when they go, those onto layer 2 itself hardly any."""

    PRICES = (1.0, 2.0, 0.5, 0.01, 1.0)

    def measure(self) -> Quality:
        loss = -sum(price * float((group.kernel() != 0).sum())
                    for price, group in zip(self.PRICES, self.groups, strict=True))  # fmt: skip
        return Quality(0.0, loss)


def test_what_costs_least_goes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("train.budget.choice.Probe", Priced)
    made = network()
    whole = made.synapse_count()
    for spared, want in (
        (0, [1, 3, 3, 3, 3]), (1, [1, 3, 3, 2, 3]), (72, [1, 3, 3, 1, 3]), (73, [1, 3, 2, 1, 3]),
        (145, [1, 3, 1, 1, 2]), (216, [1, 2, 1, 1, 1]),
    ):  # fmt: skip
        assert choose_keep(made, samples(), None, whole - spared) == want
    assert made.synapse_count() == whole


def test_what_others_gave_before_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Either of two groups can go without loss, but not both."""

    class Either(Priced):
        def measure(self) -> Quality:
            one, other = (float((self.groups[k].kernel() != 0).sum()) for k in (1, 2))
            return Quality(0.0, super().measure().loss + 100 * (108 - one) * (108 - other))

    monkeypatch.setattr("train.budget.choice.Probe", Either)
    monkeypatch.setattr(Priced, "PRICES", (1.0, 0.01, 0.02, 5.0, 5.0))
    assert choose_keep(network(), samples(), None, 462 - 108) == [1, 1, 3, 2, 3]


def test_a_limit_below_one_a_pair_gives_one_a_pair() -> None:
    made = network()
    assert choose_keep(made, samples(), None, 10) == [1, 1, 1, 1, 1]


def test_synapses_that_are_gone_do_not_count() -> None:
    made = network()
    gone = torch.ones_like(made.parallel()[2].mask)
    gone[0] = False
    made.parallel()[2].prune(gone)
    assert most_per_pair(made.parallel()[2].kernel()) == 2
    keep = choose_keep(made, samples(), None, made.synapse_count())
    assert keep == [1, 3, 2, 3, 3]
    assert np.sum(keep) == 12
