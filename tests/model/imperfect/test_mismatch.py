# SPDX-License-Identifier: Apache-2.0
"""model.imperfect.mismatch: the distribution, independence of draws, networks within the contract."""

import dataclasses

import numpy as np
import pytest

from model.imperfect.mismatch import FLOOR, Mismatch, on_device
from model.limits import LEAK_ONE
from support.errors import InputError
from tests.model.examples import full_network
from tests.model.examples import network as network_of


def test_the_distribution() -> None:
    drawn = Mismatch(sigma=0.1).factors("i_tau_mem", range(500), (1, 40))
    assert drawn.shape == (500, 1, 40)
    assert drawn.mean() == pytest.approx(1, abs=0.003)
    assert drawn.std() == pytest.approx(0.1, rel=0.02)
    # Devices are independent of each other, and so are parameters.
    other = Mismatch(sigma=0.1).factors("c_mem", range(500), (1, 40))
    assert abs(np.corrcoef(drawn.ravel(), other.ravel())[0, 1]) < 0.03
    assert abs(np.corrcoef(drawn[1:].ravel(), drawn[:-1].ravel())[0, 1]) < 0.03


def test_a_device_is_a_number() -> None:
    family = Mismatch(sigma=0.2, seed=3)
    assert np.array_equal(family.factors("x", range(10), (4,))[7], family.factors("x", [7], (4,))[0])
    assert not np.array_equal(family.factors("x", [7], (4,)), Mismatch(sigma=0.2, seed=4).factors("x", [7], (4,)))
    # A larger sigma is the same device, further off; which others deviate changes nothing.
    small, alone = Mismatch(sigma=0.1, seed=3), Mismatch(sigma=0.1, seed=3, names=("x",))
    assert np.allclose(family.factors("x", [7], (4,)) - 1, 2 * (small.factors("x", [7], (4,)) - 1))
    assert np.array_equal(small.factors("x", [7], (4,)), alone.factors("x", [7], (4,)))
    assert (alone.factors("y", [7], (4,)) == 1).all()


def test_no_sign_changes() -> None:
    drawn = Mismatch(sigma=2.0).factors("x", range(100), (10,))
    assert drawn.min() == FLOOR
    assert (Mismatch(sigma=0).factors("x", range(3), (2,)) == 1).all()


def test_a_network_on_a_device() -> None:
    network, family = full_network(), Mismatch(sigma=0.3, seed=1)
    found = [on_device(network, family, device) for device in range(30)]
    assert len({each.neurons.threshold.tobytes() for each in found}) > 20
    assert on_device(network, family, 4) == found[4]
    for each in found:  # the constructor checks the ranges; these are the values that have a meaning of their own
        assert (each.neurons.alpha[network.neurons.alpha == LEAK_ONE] == LEAK_ONE).all()
        assert (each.neurons.beta[network.neurons.beta == 0] == 0).all()
        assert (
            each.neurons.threshold[network.neurons.threshold == network.neurons.never] == network.neurons.never
        ).all()
        assert each.weight.min() >= -128
        assert each.weight.max() <= 127
    assert on_device(network, Mismatch(sigma=0)) == network


def test_only_what_is_named_deviates() -> None:
    network = full_network()
    for name in ("weight", "threshold", "alpha", "beta"):
        found = on_device(network, Mismatch(sigma=0.3, names=(name,)), 2)
        same = {
            "weight": np.array_equal(found.weight, network.weight),
            **{key: np.array_equal(getattr(found.neurons, key), getattr(network.neurons, key))
               for key in ("threshold", "alpha", "beta")},
        }  # fmt: skip
        assert [key for key, is_same in same.items() if not is_same] == [name]


def test_a_device_is_the_same_whatever_the_weights() -> None:
    """What training changes does not make another device of a network."""
    family = Mismatch(sigma=0.2, seed=3)
    one = network_of([(0, 0, 0, 100), (0, 0, 1, 100), (2, 1, 1, 50)], threshold=10_000, alpha=4000, beta=3900)
    other = dataclasses.replace(one, weight=np.array([100, 7, 50]), delay=np.array([0, 2, 1]))
    both = [on_device(net, family, 5) for net in (one, other)]
    assert both[0].neurons == both[1].neurons != on_device(one, family, 6).neurons
    assert both[0].weight[0] == both[0].weight[1] == both[1].weight[0] != 100


def test_leaks_deviate_as_currents_do() -> None:
    network = full_network()
    alphas = np.stack([on_device(network, Mismatch(sigma=0.1, names=("alpha",)), d).neurons.alpha for d in range(400)])
    # Neuron 2 has an alpha of 4000: a leak of 96, give or take a tenth.
    assert (LEAK_ONE - alphas[:, 2]).mean() == pytest.approx(96, rel=0.02)
    assert (LEAK_ONE - alphas[:, 2]).std() == pytest.approx(9.6, rel=0.1)


def test_refusals() -> None:
    with pytest.raises(InputError, match=r"^mismatch: sigma must be at least 0, not -0\.1"):
        Mismatch(sigma=-0.1)
    with pytest.raises(InputError, match=r"^mismatch: seed must be at least 0, not -1"):
        Mismatch(seed=-1)
    with pytest.raises(InputError, match=r"^mismatch: a network has no c_mem; expected weight, threshold, alpha, beta"):
        on_device(full_network(), Mismatch(names=("weight", "c_mem")))
