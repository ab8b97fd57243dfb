# SPDX-License-Identifier: Apache-2.0
"""train.mixed_signal.ablation: every parameter is in one group, and a group alone is a device of it alone."""

import numpy as np
import pytest

from model.dynap.mapper import deploy
from model.dynap.rounding import rounded
from model.imperfect.mismatch import Mismatch
from tests.train.mixed_signal.examples import small
from train.mixed_signal.ablation import GROUPS, ablation
from train.mixed_signal.deployed import DEVIATING, WEIGHT, Simulated, for_chip
from train.mixed_signal.evaluate import rate_ratio
from train.mixed_signal.fit import Fit


def test_groups_share_no_parameter_and_leave_none_out() -> None:
    assert sorted(name for names in GROUPS.values() for name in names) == sorted(DEVIATING)


def test_alone_and_without() -> None:
    config, which, dt = small(), range(9), small().dt
    weights = Fit(config, 0, noisy=False).run(stop_after=60)
    configuration, rasters = deploy(rounded(for_chip(weights, config.parameters)).network), config.rasters(0)
    names = (WEIGHT, "i_spkthr", "i_gain_ampa")
    found = ablation(configuration, rasters, Mismatch(sigma=0.2, names=names, seed=5), which, dt=dt)
    assert list(found) == ["gains and time constants of synapses", "weights", "membrane"]
    for group, mine in zip(found, (["i_gain_ampa"], [WEIGHT], ["i_spkthr"]), strict=True):
        for kind, chosen in (("alone", mine), ("without", [name for name in names if name not in mine])):
            devices = Simulated(configuration, Mismatch(sigma=0.2, names=chosen, seed=5), which)
            assert found[group][kind] == np.median(rate_ratio(devices.counts(rasters, dt)))
    none = ablation(configuration, rasters, Mismatch(sigma=0.0, seed=5), which, dt=dt)
    nominal = rate_ratio(Simulated(configuration).counts(rasters, dt))[0]
    assert [value for each in none.values() for value in each.values()] == [pytest.approx(nominal)] * 2 * len(GROUPS)
