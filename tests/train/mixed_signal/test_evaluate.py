# SPDX-License-Identifier: Apache-2.0
"""train.mixed_signal.evaluate and network: ratios by hand, devices, other input."""

import numpy as np
import pytest

from model.imperfect.mismatch import Mismatch
from support.errors import InputError
from tests.train.mixed_signal.examples import small
from train.mixed_signal.evaluate import Judge, rate_ratio, separates
from train.mixed_signal.fit import Fit
from train.mixed_signal.network import Weights, counts, fabricated, nominal
from train.mixed_signal.parameters import Parameters

SPIKES = np.array([[[40, 10], [20, 50]], [[40, 0], [0, 50]], [[9, 10], [5, 30]]], np.float64)


def test_the_rate_ratio() -> None:
    assert rate_ratio(SPIKES).tolist() == pytest.approx([90 / 30, 90 / 1, 39 / 15])
    assert separates(SPIKES).tolist() == [True, True, False]
    three = np.full((1, 3, 3), 2.0) + 8 * np.eye(3)
    # The mean right neuron over the mean wrong one.
    assert rate_ratio(three).tolist() == [5]


def weights(seed: int = 0) -> Weights:
    rng = np.random.default_rng(seed)
    return Weights(rng.standard_normal((2, 40)) + 1, rng.standard_normal((2, 2)))


def test_devices_without_mismatch_are_as_designed() -> None:
    config = small()
    rasters = config.rasters(0)
    ideal = counts(rasters, weights(), nominal(weights(), Parameters()), 1e-3)
    none = fabricated(weights(), Parameters(), Mismatch(sigma=0), range(3))
    some = fabricated(weights(), Parameters(), Mismatch(sigma=0.1), range(3))
    assert ideal.sum() > 20
    assert (counts(rasters, weights(), none, 1e-3) == ideal).all()
    assert (counts(rasters, weights(), some, 1e-3) != ideal).any()


def test_only_named_parameters_deviate() -> None:
    devices = fabricated(weights(), Parameters(), Mismatch(names=("c_mem", "weight_rec")), range(4))
    assert devices.parameters.c_mem.shape == (4, 1, 2)
    assert devices.parameters.i_o == Parameters().i_o
    assert (devices.inward == 1).all()
    assert devices.recurrent.std() > 0.05
    with pytest.raises(InputError, match=r"^mismatch: no parameter c_mum; expected one of c_mem, "):
        fabricated(weights(), Parameters(), Mismatch(names=("c_mum",)), range(4))


def test_what_is_measured_of_a_network() -> None:
    config = small()
    trained, judge = Fit(config, 0, noisy=False).run(), Judge(config, 0)
    designed, before = judge.as_designed(trained), judge.as_designed(weights())
    assert designed["ratio"] > before["ratio"]
    assert np.shape(designed["rates"]) == (2, 2)
    devices = judge.over_devices(trained)
    assert len(devices["ratios"]) == 12
    assert devices["quartiles"][0] <= devices["median"] <= devices["quartiles"][1]
    assert judge.over_devices(trained) == devices
    other = judge.on_other_input(trained)
    assert list(other["shifted"]) == ["5", "20", "100"]
    assert list(other["thinned"]) == ["0.1", "0.2", "0.4"]
    assert other["unseen"]["patterns"] == 5
    assert 0 < other["unseen"]["rate"] <= other["unseen"]["rate_highest_neuron"]


def test_flat_weights() -> None:
    given = weights()
    again = given.like(given.flat * 2)
    assert np.array_equal(again.inward, 2 * given.inward)
    assert np.array_equal(again.recurrent, 2 * given.recurrent)
