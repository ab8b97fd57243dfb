# SPDX-License-Identifier: Apache-2.0
"""train.mixed_signal.deployed: a configuration alone does what the network does that it was made from."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from model.dynap.chip import BASE, BIASES, DYNAP_SE2, KINDS
from model.dynap.mapper import deploy
from model.dynap.network import AnalogNetwork
from model.dynap.rounding import rounded
from model.imperfect.mismatch import Mismatch
from support.errors import InputError
from train.mixed_signal.deployed import DEVIATING, FABRICATED, WEIGHT, Simulated, for_chip
from train.mixed_signal.network import Weights, counts, fabricated, nominal
from train.mixed_signal.neuron import run
from train.mixed_signal.parameters import UNITS, Parameters, Unit
from train.mixed_signal.patterns import poisson

RASTERS = poisson((3, 300, 20), rate=60, dt=1e-3, seed=2)


def layer(seed: int, neurons: int = 4) -> Weights:
    rng = np.random.default_rng(seed)
    return Weights(rng.standard_normal((neurons, 20)) * 2 + 0.5, rng.standard_normal((neurons, neurons)))


def test_biases_are_currents_of_the_model() -> None:
    assert {UNITS[name] for name in BIASES} == {Unit.AMPERE}
    usual = Parameters()
    assert all(DYNAP_SE2.bias(name, getattr(usual, name)) for name in BIASES)
    assert usual.i_o == DYNAP_SE2.dark
    assert set(FABRICATED) >= set(BIASES)


def test_it_spikes_as_the_rounded_network_does() -> None:
    """Synapse by synapse from the network, without any tag: the same spikes."""
    network = rounded(for_chip(layer(1), Parameters())).network
    found = Simulated(deploy(network)).spikes(RASTERS)
    into = [network.biases[k] for k in network.group]
    parameters = Parameters(**{name: np.array([each[name] for each in into]) for name in BIASES}, i_scale=1.0)
    matrix = np.zeros((len(KINDS), 4, 24))
    for source, target, kind, current in zip(
        network.source, network.target, network.kind, network.current, strict=True
    ):
        matrix[kind, target, source] += current
    arrivals = np.einsum("ptc,knc->tkpn", RASTERS.astype(float), matrix[..., :20])[:, :, None]
    want, _ = run(torch.from_numpy(arrivals), parameters, recurrent=torch.from_numpy(matrix[:, None, :, 20:]))
    assert np.array_equal(found, want.numpy())
    assert 30 < found.sum() < 0.8 * found.size


def test_near_to_the_simplified_network() -> None:
    """AMPA and GABA with one time constant are the lumped synapse; rounding moves rates by a little."""
    weights = layer(3, 8)
    before = counts(RASTERS, weights, nominal(weights, Parameters()), 1e-3)[0]
    after = Simulated(deploy(rounded(for_chip(weights, Parameters())).network)).counts(RASTERS)[0]
    assert np.abs(after - before).mean() < 0.1 * before.mean()
    assert np.corrcoef(before.ravel(), after.ravel())[0, 1] > 0.97


def test_cores_have_their_own_biases() -> None:
    """Two groups: one with a refractory period of 10 ms spikes less."""
    base = for_chip(layer(4), Parameters())
    slow = {**base.biases[0], "i_ref": base.biases[0]["i_ref"] / 10}
    network = rounded(replace(base, group=np.array([0, 0, 1, 1]), biases=(base.biases[0], slow))).network
    configuration = deploy(network)
    assert len(configuration.cores) == 2
    spikes = Simulated(configuration).spikes(np.ones((1, 300, 20)))
    gaps = [np.diff(np.flatnonzero(spikes[:, 0, 0, n])) for n in range(4)]
    # The fine value makes the period a little longer or shorter than 10 ms.
    assert min(min(g, default=999) for g in gaps[2:]) >= 10
    assert min(min(g, default=999) for g in gaps[:2]) < 10


def test_devices() -> None:
    configuration = deploy(rounded(for_chip(layer(5), Parameters())).network)
    found = Simulated(configuration, Mismatch(seed=3), range(6)).counts(RASTERS)
    assert len({each.tobytes() for each in found}) == 6
    # A device is the same among others.
    assert np.array_equal(Simulated(configuration, Mismatch(seed=3), [4]).counts(RASTERS)[0], found[4])
    designed = Simulated(configuration).counts(RASTERS)[0]
    still = Simulated(configuration, Mismatch(sigma=0.0), [4]).counts(RASTERS)[0]
    assert np.array_equal(still, designed)
    only = Simulated(configuration, Mismatch(names=(WEIGHT,)), [0])
    assert only.parameters.i_tau_mem.shape == (1, 1, 4)
    assert np.array_equal(only.parameters.i_tau_mem[0, 0], Simulated(configuration).parameters.i_tau_mem[0, 0])
    assert not np.array_equal(only.matrix, Simulated(configuration).matrix)


def test_inhibition_deviates_in_training_as_on_the_chip() -> None:
    """Of a device: gains of GABA over AMPA in its circuits, and the factor of negative weights."""
    weights, family = layer(5), Mismatch(seed=3)
    configuration = deploy(rounded(for_chip(weights, Parameters())).network)

    def ratio(simulated: Simulated) -> np.ndarray:
        found = simulated.parameters
        return np.asarray(found.gain("gaba") / found.gain("ampa"))

    chip = ratio(Simulated(configuration, family, range(3))) / ratio(Simulated(configuration))
    trained = fabricated(weights, Parameters(), family, range(3), separate=True)
    assert trained.inhibition is not None
    assert np.allclose(trained.inhibition.numpy()[..., 0], chip[:, 0])
    # Only where weights are negative.
    lumped = replace(trained, inhibition=None)
    for sign, same in ((np.abs, True), (lambda w: -np.abs(w), False)):
        excited = Weights(np.abs(weights.inward), sign(weights.recurrent))
        found, want = (counts(RASTERS, excited, devices, 1e-3) for devices in (trained, lumped))
        assert np.array_equal(found, want) == same


def test_outputs_are_those_of_the_configuration() -> None:
    network = rounded(for_chip(layer(6), Parameters())).network
    chosen = deploy(replace(network, outputs=(3, 1)))
    assert np.array_equal(
        Simulated(chosen).counts(RASTERS), Simulated(deploy(network)).counts(RASTERS)[..., [3, 1]]
    )  # fmt: skip


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda c: Simulated(c).spikes(RASTERS[..., :7]), r"x: has 20 channels; the patterns have 7"),
        (lambda c: Simulated(c, Mismatch(names=("c_mum",))), r"mismatch: no parameter c_mum; expected one of c_mem, "),
        (
            lambda c: for_chip(layer(1), Parameters(c_mem=4e-12)),
            r"mixed signal: c_mem is fabricated: a chip has 3e-12, not 4e-12",
        ),
    ],
)
def test_refused(call: Any, message: str) -> None:
    configuration = deploy(rounded(for_chip(layer(1), Parameters(), "x")).network)
    with pytest.raises(InputError, match=f"^{message}"):
        call(configuration)


def test_weights_of_lumped_synapses() -> None:
    weights = Weights(np.array([[1.0, 0.0, -2.0]]), np.array([[-0.5]]))
    network = for_chip(weights, Parameters(i_scale=1e-9))
    assert isinstance(network, AnalogNetwork)
    assert network.base(0) is None
    assert BASE[0] not in network.biases[0]
    assert network.source.tolist() == [0, 2, 3]
    assert [KINDS[k] for k in network.kind] == ["ampa", "gaba", "gaba"]
    assert network.current.tolist() == pytest.approx([1e-9, 2e-9, 0.5e-9])
    assert "i_scale" not in DEVIATING
