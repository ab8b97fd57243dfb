# SPDX-License-Identifier: Apache-2.0
"""train.budget.pruning: limits hold in the image that comes out, whatever training in integers does; accumulators."""

import re
from pathlib import Path
from typing import Any

import pytest
import torch

from model.bounds import accumulator_bits
from model.mapping.compiler import compile_network, fit
from model.network import Network
from support.errors import InputError
from tests.train.helpers import run_config
from tests.train.loop.test_fit import make
from train.budget.pruning import Pruner
from train.budget.size import compiled, estimated_size, image_size
from train.config.run import RunConfig
from train.layers.network import DelayNetwork
from train.layers.quantise import confine, integer_network, quantise_network
from train.loop.checkpoint import make_network

SHORT = {"dense_epochs": 1, "sparse_epochs": 2, "average": 0.5}

LABELS = tuple(f"class number {k}" for k in range(3))


def exported(config: RunConfig, folder: Path) -> Network:
    """What a run ends as."""
    network = make(folder, config, "a").run()
    return integer_network(network, config.budget).network(max_steps=config.encoding.build().total_steps)


def image_bytes(network: Network, lanes: int = 8) -> int:
    return len(compile_network(network, fit(network, lanes=lanes)).to_bytes())


@pytest.mark.parametrize("style", ["synaptic", "axonal", "lanes"])
@pytest.mark.parametrize("bits", [8, 2])
def test_the_image_is_at_most_the_budget(tmp_path: Path, style: str, bits: int) -> None:
    config = run_config(
        tmp_path, training=SHORT, budget={"keep": None, "image_bytes": 900, "style": style, "ramp": 1.0},
        quantisation={"weight_bits": bits, "ternary": bits == 2, "epochs": 2, "learning_rate": 0.02},
    )  # fmt: skip
    network = exported(config, tmp_path)
    assert 500 < image_bytes(network) <= 900
    assert network.synapses > 50


def test_the_number_of_synapses_is_at_most_the_budget(tmp_path: Path) -> None:
    config = run_config(tmp_path, training=SHORT, budget={"keep": None, "synapses": 120})
    run = make(tmp_path, config, "a")
    run.run()
    assert run.learner.average.synapse_count() <= 120
    after = {stage.name: stage.synapses or 0 for stage in run.stages}
    assert after["delays settled"] > 200
    assert 100 < after["trained on inside the budget"] <= 120


def test_an_image_that_grew_in_training_is_pruned_again(tmp_path: Path) -> None:
    config = run_config(tmp_path, budget={"keep": None, "image_bytes": 900})
    network = make_network(config)
    network.settle()
    quantise_network(network, config.quantisation, config.budget)
    before, _ = image_size(network, config)
    assert before > 900
    pruner = Pruner(config, None, labels=LABELS)
    assert pruner.fit_image(network)
    assert image_bytes(compiled(network, config, LABELS)) <= 900, "names of the classes and all"
    assert not pruner.fit_image(network)


def test_a_budget_that_nothing_fits_is_told(tmp_path: Path) -> None:
    config = run_config(tmp_path, budget={"keep": None, "image_bytes": 50})
    network = make_network(config)
    network.settle()
    with pytest.raises(InputError, match=re.escape("budget.image_bytes: with ")):
        Pruner(config, None).fit(network)


def test_a_network_that_cannot_be_compiled_yet_starts_from_an_estimate(tmp_path: Path) -> None:
    """Its synapses into a neuron do not fit the accumulator before most of them are gone."""
    config = run_config(
        tmp_path, training=SHORT, quantisation={"weight_bits": 4},
        budget={"keep": None, "image_bytes": 700, "accumulator_bits": 4, "state_bits": 12},
    )  # fmt: skip
    network = exported(config, tmp_path)
    assert 500 < image_bytes(network) <= 700
    assert accumulator_bits(network) <= 4


def test_a_network_larger_than_any_build_starts_from_an_estimate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = run_config(tmp_path, budget={"keep": None, "image_bytes": 900})
    network = make_network(config)
    network.settle()
    size = image_size(network, config)[0]
    # Header, neurons and rows are more than half of so small an image.
    assert size / 4 < estimated_size(network, config) < size

    def refuse(network: DelayNetwork, *rest: Any) -> tuple[int, int]:
        if network.synapse_count() > 150:
            raise InputError("network does not fit the build")
        return image_size(network, *rest)

    monkeypatch.setattr("train.budget.pruning.image_size", refuse)
    pruner = Pruner(config, None)
    pruner.begin(network)
    assert pruner.state["limit"] == min(
        pruner.state["start"], int(pruner.state["start"] * 900 / estimated_size(network, config))
    )


def test_an_image_that_is_too_small_for_the_neurons_is_refused_before_training(tmp_path: Path) -> None:
    """As when someone writes 22 and means kB."""
    with pytest.raises(
        InputError, match=r"^budget\.image_bytes: without synapses the image takes \d+ bytes, more than 22$"
    ):
        make(tmp_path, run_config(tmp_path, budget={"keep": None, "image_bytes": 22}), "a")


@pytest.mark.parametrize("fits_after", [16, 17])
def test_the_image_is_measured_after_the_last_try(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fits_after: int
) -> None:
    """16 times a network is made smaller; whether that was enough is seen, not believed."""
    config = run_config(tmp_path, budget={"keep": None, "image_bytes": 900})
    network = make_network(config)
    network.settle()
    sizes = iter([901] * fits_after + [900])
    monkeypatch.setattr("train.budget.pruning.image_size", lambda *rest: (next(sizes), network.synapse_count()))
    pruner = Pruner(config, None)
    if fits_after == 16:
        assert pruner.fit_image(network)
    else:
        with pytest.raises(
            InputError, match=r"budget\.image_bytes: with \d+ synapses the image takes 901 bytes, more th"
        ):
            pruner.fit_image(network)
    assert len(list(sizes)) == fits_after - 16


@pytest.mark.parametrize("ramp", [0.0, 1.0])
def test_k_is_chosen_to_meet_the_limit(tmp_path: Path, ramp: float) -> None:
    config = run_config(tmp_path, training=SHORT, budget={"keep": "auto", "synapses": 200, "ramp": ramp})
    run = make(tmp_path, config, "a", calibrated=True)
    run.run()
    keep = run.learner.pruner.state["keep"]
    assert [most for most, _ in keep] == [1, 3, 3]
    counts = [14 * 6, 6 * 6, 6 * 3]
    within = sum(count * k for count, (_, k) in zip(counts, keep, strict=True))
    assert 200 - 36 < within <= 200
    for group, (_, k) in zip(run.learner.average.parallel(), keep, strict=True):
        assert int((group.matrix() != 0).sum(0).max()) <= k
    chosen = ", ".join(str(k) for _, k in keep)
    assert f"{chosen} synapses a pair, chosen" in [stage.name for stage in run.stages]


def test_where_one_a_pair_is_too_much_the_limit_still_holds(tmp_path: Path) -> None:
    config = run_config(tmp_path, training=SHORT, budget={"keep": "auto", "synapses": 90})
    run = make(tmp_path, config, "a", calibrated=True)
    assert 80 < run.run().synapse_count() <= 90


def loud(tmp_path: Path, weight_bits: int = 8, **budget: Any) -> tuple[Any, RunConfig]:
    """A network in integers whose weights have grown to the end of their range."""
    config = run_config(tmp_path, budget={"keep": None, **budget}, network={"normalise": False, "synaptic_tau": 3.0},
                        quantisation={"weight_bits": weight_bits})  # fmt: skip
    network = make_network(config)
    network.settle()
    quantise_network(network, config.quantisation, config.budget)
    with torch.no_grad():
        for group in network.parallel():
            group.weight.mul_(50)
    return network, config


def test_two_bits_reach_further_down_than_up(tmp_path: Path) -> None:
    """Sums of weights of -2 fit as well, where those of 1 would fit without a change."""
    network, config = loud(tmp_path, weight_bits=2, accumulator_bits=6)
    with torch.no_grad():
        for group in network.parallel():
            group.weight.copy_(-group.weight.abs())
    confine(network, config.budget)
    exported = integer_network(network, config.budget).network(max_steps=12)
    assert accumulator_bits(exported) <= 6


def test_training_in_integers_stays_inside_the_accumulator(tmp_path: Path) -> None:
    network, config = loud(tmp_path, accumulator_bits=10)
    with pytest.raises(InputError, match=r"quantise: layer 1 needs \d+\.\d\d times the accumulator of the budget"):
        integer_network(network, config.budget)
    confine(network, config.budget)
    exported = integer_network(network, config.budget).network(max_steps=12)
    assert accumulator_bits(exported) == 10


def test_confining_leaves_alone_what_fits(tmp_path: Path) -> None:
    network, config = loud(tmp_path)
    before = [group.weight.detach().clone() for group in network.parallel()]
    confine(network, config.budget)
    assert all(torch.equal(a, group.weight) for a, group in zip(before, network.parallel(), strict=True))
