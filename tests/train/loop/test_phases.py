# SPDX-License-Identifier: Apache-2.0
"""train.loop.phases: what each phase does to a network, without the loop around it."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from model.bounds import accumulator_bits
from tests.train.helpers import CLASSES, run_config
from train.config.run import RunConfig
from train.layers.quantise import integer_network
from train.loop.checkpoint import FLOAT, load_checkpoint
from train.loop.evaluate import Labelled
from train.loop.learner import Learner
from train.loop.phases import PHASES, DensePhase, IntegerPhase, SparsePhase, make_phases

PLACED = {"between": {"kind": "synapse", "first": 1, "last": 5}}


def learner(config: RunConfig) -> Learner:
    random = np.random.default_rng(3)
    samples = Labelled(random.random((24, 12, 14)) < 0.3, random.integers(0, CLASSES, 24))
    return Learner(config, None, samples)


def stages(some: Learner) -> list[str]:
    return [entry.name for entry in some.costs.entries]


def test_a_phase_has_its_own_epochs_and_rate(tmp_path: Path) -> None:
    options = {"learning_rate": 0.03, "sparse_learning_rate": 0.02}
    config = run_config(tmp_path, training=options, quantisation={"epochs": 4, "learning_rate": 0.01})
    assert [(phase.name, phase.epochs, phase.rate) for phase in make_phases(config)] == [
        ("dense", 3, 0.03), ("sparse", 2, 0.02), ("integer", 4, 0.01),
    ]  # fmt: skip
    assert [phase.name for phase in PHASES] == ["dense", "sparse", "integer"], "a checkpoint knows them by number"


def test_a_run_that_starts_from_another_has_no_dense_epochs(tmp_path: Path) -> None:
    assert DensePhase(run_config(tmp_path, training={"start": "elsewhere"})).epochs == 0


def test_only_the_dense_phase_narrows_kernels(tmp_path: Path) -> None:
    config = run_config(tmp_path, network=PLACED)
    network = learner(config).network
    for phase, widths in ((SparsePhase(config), {0.0}), (DensePhase(config), {0.3})):
        phase.schedule(network, phase.optimizer(network), 1.0)
        assert {group.sigma for group in network.placed()} == widths


def test_dense_keeps_positions_within_the_levels(tmp_path: Path) -> None:
    config = run_config(tmp_path, network=PLACED)
    some = learner(config)
    for group in some.network.placed():
        with torch.no_grad():
            group.position.add_(100)
    DensePhase(config).after_step(some)
    assert {float(group.position.detach().max()) for group in some.network.placed()} == {5.0}


def test_dense_notes_a_stage_if_it_trained(tmp_path: Path) -> None:
    for epochs, noted in ((1, ["trained"]), (0, [])):
        config = run_config(tmp_path, training={"dense_epochs": epochs})
        some = learner(config)
        DensePhase(config).end(some, tmp_path)
        assert stages(some) == noted


def test_sparse_settles_delays_and_measures_each_limit_alone(tmp_path: Path) -> None:
    config = run_config(tmp_path, network=PLACED, budget={"keep": None, "synapses": 60})
    some = learner(config)
    SparsePhase(config).begin(some)
    assert not some.network.placed()
    assert not some.average.placed()
    assert stages(some) == ["delays settled", "60 synapses"]
    assert some.network.synapse_count() > 60, "nothing is pruned for good yet"


@pytest.mark.parametrize(("ramp", "done", "steps"), [(0.0, 0.0, 12), (0.5, 0.0, 0), (0.5, 0.25, 6), (0.5, 0.75, 12)])
def test_sparse_prunes_along_its_ramp(tmp_path: Path, ramp: float, done: float, steps: int) -> None:
    config = run_config(tmp_path, budget={"keep": None, "synapses": 60, "ramp": ramp})
    some, phase = learner(config), SparsePhase(config)
    phase.begin(some)
    phase.before_step(some, done)
    assert some.pruner.state["done"] == steps
    assert (some.network.synapse_count() <= 60) == (steps == 12)
    assert some.network.synapse_count() == some.average.synapse_count()


def test_sparse_ends_inside_the_budget_and_keeps_the_network(tmp_path: Path) -> None:
    config = run_config(tmp_path, budget={"keep": None, "synapses": 60}, training={"sparse_epochs": 0})
    some, phase = learner(config), SparsePhase(config)
    phase.begin(some)
    phase.end(some, tmp_path)
    assert stages(some)[-1] == "pruned"
    state = load_checkpoint(tmp_path / FLOAT)
    assert state is not None
    assert (state["settled"], state["folded"]) == (True, False)
    want = some.average.state_dict()
    assert all(torch.equal(value, want[name]) for name, value in state["average"].items())


@pytest.mark.parametrize(
    ("options", "names"),
    [
        ({"weight_bits": 4}, ["4-bit weights", "18-bit accumulator, 20-bit state", "4-bit integers"]),
        ({"weight_bits": 2, "ternary": True},
         ["ternary weights", "18-bit accumulator, 20-bit state", "ternary weights"]),
    ],
)  # fmt: skip
def test_integer_quantises_both_networks(tmp_path: Path, options: dict[str, Any], names: list[str]) -> None:
    config = run_config(tmp_path, quantisation=options)
    some = learner(config)
    IntegerPhase(config).begin(some)
    assert stages(some) == names
    bottom, top = config.quantisation.range
    for network in (some.network, some.average):
        for group in network.groups:
            weight = group.matrix()
            assert bottom <= int(weight.min()) <= int(weight.max()) <= top
            assert torch.equal(weight, weight.round())


def test_integer_keeps_arrivals_inside_the_accumulator(tmp_path: Path) -> None:
    config = run_config(tmp_path, budget={"keep": None, "accumulator_bits": 8}, quantisation={"weight_bits": 4})
    some, phase = learner(config), IntegerPhase(config)
    SparsePhase(config).begin(some)
    SparsePhase(config).before_step(some, 0.0)
    phase.begin(some)
    with torch.no_grad():
        for group in some.network.parallel():
            group.weight.mul_(8)
    phase.after_step(some)
    network = integer_network(some.network, config.budget).network(max_steps=12)
    assert accumulator_bits(network) <= 8


def test_integer_ends_with_what_it_did(tmp_path: Path) -> None:
    for epochs, noted in ((0, []), (1, ["trained on in integers"])):
        config = run_config(tmp_path, quantisation={"epochs": epochs})
        some, phase = learner(config), IntegerPhase(config)
        phase.begin(some)
        before = len(some.costs.entries)
        phase.end(some, tmp_path)
        assert stages(some)[before:] == noted
