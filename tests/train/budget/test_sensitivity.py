# SPDX-License-Identifier: Apache-2.0
"""train.budget.sensitivity: every group, every change, and back from the folder."""

import re
from pathlib import Path

import pytest
import torch

from support.errors import InputError
from tests.train.budget.test_probe import network, samples
from train.budget.probe import Probe, Quality, rounded_to
from train.budget.sensitivity import (
    SENSITIVITY,
    GroupSensitivity,
    Sensitivity,
    describe,
    load_report,
    points,
    rows,
    save_report,
    sensitivity,
)
from train.budget.sensitivity import sensitivity_table as table
from train.config.run import BudgetConfig


def report() -> Sensitivity:
    return sensitivity(network(), BudgetConfig(), samples(), None, of="samples of nobody")


def test_each_group_has_each_change_that_it_can_have() -> None:
    got = report()
    plain = Probe(network(), samples(), None).measure()
    assert (got.unchanged, got.of) == (plain, "300 samples of nobody")
    names = [each.group for each in got.groups]
    assert names == ["into layer 1", "layer 1 onto itself", "into layer 2", "layer 2 onto itself", "into layer 3"]
    assert [each.synapses for each in got.groups] == [84, 108, 108, 108, 54]
    ranges = {"75% of delay range", "50% of delay range", "25% of delay range"}
    assert not ranges & set(got.groups[0].changes), "one level has no range"
    for each in got.groups[1:]:
        assert set(each.changes) == {
            "75% of synapses", "50% of synapses", "25% of synapses", "10% of synapses", "6-bit weights",
            "4-bit weights", "3-bit weights", "2-bit weights", *ranges,
        }  # fmt: skip
    kernel = network().parallel()[2].kernel().detach()
    want = Probe(network(), samples(), None).measure_with(2, rounded_to(kernel, -7, 7))
    assert got.groups[2].changes["4-bit weights"] == want


def test_of_two_ways_to_shorten_delays_the_better_one_counts() -> None:
    made = network()
    with torch.no_grad():
        made.parallel()[2].weight[2] = 0
        made.parallel()[2].weight[1] *= 30
    got = sensitivity(made, BudgetConfig(), samples(), None, of="").groups[2].changes
    kernel = made.parallel()[2].kernel().detach()
    only, both = torch.zeros_like(kernel), torch.zeros_like(kernel)
    only[0], both[0] = kernel[0], kernel.sum(0)
    losses = [Probe(made, samples(), None).measure_with(2, each).loss for each in (only, both)]
    assert losses[0] != losses[1]
    assert got["50% of delay range"].loss == min(losses)


def test_a_report_is_kept(tmp_path: Path) -> None:
    assert load_report(tmp_path) is None
    save_report(tmp_path, report())
    assert load_report(tmp_path) == report()
    for damaged in ("[", "[]", "{}", '{"groups": [{}]}'):
        (tmp_path / SENSITIVITY).write_text(damaged)
        with pytest.raises(InputError, match=re.escape("sensitivity.json: damaged; remove it to have it made again")):
            load_report(tmp_path)


def test_the_table_has_a_column_a_group() -> None:
    got = Sensitivity(of="4 samples", unchanged=Quality(0.75, 1.0), groups=[
        GroupSensitivity(group="a", synapses=1200, changes={"2-bit weights": Quality(0.5, 2.0)}),
        GroupSensitivity(group="b", synapses=8, changes={"half": Quality(1.0, 0.5)}),
    ])  # fmt: skip
    assert rows(got) == (
        ["", "a", "b"], [["synapses", "1,200", "8"], ["2-bit weights", "-25.0", ""], ["half", "", "+25.0"]],
    )  # fmt: skip
    assert table(got).row_count == 3
    assert describe(got).endswith("unchanged: 75.0% of 4 samples")


def test_points() -> None:
    assert [points(each) for each in (0.0, -0.0123, 0.5)] == ["+0.0", "-1.2", "+50.0"]
