# SPDX-License-Identifier: Apache-2.0
"""model.dynap.rounding: any network, as near as the chip can hold it."""

from dataclasses import replace

import numpy as np
import pytest

from model.dynap.chip import BIASES
from model.dynap.mapper import deploy, undeploy
from model.dynap.network import AnalogNetwork
from model.dynap.rounding import rounded
from model.imperfect.codes import subset_sum
from support.errors import InputError
from tests.model.dynap.examples import fan_in, random_network, simple, without_base


def drawn(seed: int, neurons: int = 300) -> AnalogNetwork:
    """Currents and biases that no generator makes."""
    rng = np.random.default_rng(seed)
    network = fan_in(neurons, 20)
    biases = {name: float(rng.uniform(0.2, 1) * 10.0 ** rng.integers(-9, -6)) for name in BIASES}
    return replace(
        network, biases=(biases,), current=np.abs(rng.standard_normal(network.synapses)) * 20e-9 + 1e-9,
        kind=rng.integers(0, 4, network.synapses),
    )  # fmt: skip


@pytest.mark.parametrize("seed", range(4))
def test_it_fits_and_is_near(seed: int) -> None:
    network = drawn(seed)
    found = rounded(network)
    assert undeploy(deploy(found.network)) == found.network
    again = rounded(found.network)
    assert again.network == found.network
    assert (again.error, again.bias_error, again.gone) == (0, 0, 0)
    assert found.bias_error < 0.02
    assert found.network.synapses == network.synapses - found.gone
    # Two cores, each with base weights of its own, and nearly as good as without coarse and fine values.
    assert len(found.network.biases) == 2
    parts = [network.current[np.isin(network.target, part)] for part in np.array_split(np.arange(300), 2)]
    ideal = np.sqrt(sum(len(each) * subset_sum(each).error(each) for each in parts) / np.square(network.current).sum())
    assert ideal <= found.error < 1.1 * ideal


def test_what_it_holds_stays() -> None:
    network = random_network(7)
    assert rounded(network).network == network


def test_base_weights_are_found_again() -> None:
    """Without its base weights a network of few currents gets such that hold them as nearly as fine values can."""
    found = rounded(without_base(simple()))
    assert found.error < 0.02
    assert found.gone == 0


def test_out_of_reach() -> None:
    with pytest.raises(InputError, match=r"^biases: i_w\d: a core makes"):
        rounded(without_base(replace(simple(), current=np.array([1e-3, 1e-4]))))
    with pytest.raises(InputError, match=r"^synapses: neuron 0 has 65"):
        rounded(fan_in(1, 65))
