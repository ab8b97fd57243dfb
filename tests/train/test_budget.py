"""train.budget: limits hold in the image that comes out, whatever training in integers does; accumulators."""

import re
from pathlib import Path
from typing import Any

import pytest
import torch

from model.bounds import accumulator_bits
from model.compiler import compile_network, fit
from model.errors import InputError
from model.network import Network
from tests.train.helpers import run_config
from tests.train.test_fit import make
from train.budget import Pruner, image_size
from train.checkpoint import make_network
from train.config import RunConfig
from train.quantise import confine, integer_network, quantise_network

SHORT = {"dense_epochs": 1, "sparse_epochs": 2, "average": 0.5}


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
    assert run.average.synapse_count() <= 120
    after = {stage["stage"]: stage["synapses"] for stage in run.stages}
    assert after["delays settled"] > 200
    assert 100 < after["trained on inside the budget"] <= 120


def test_an_image_that_grew_in_training_is_pruned_again(tmp_path: Path) -> None:
    config = run_config(tmp_path, budget={"keep": None, "image_bytes": 900})
    network = make_network(config)
    network.settle()
    quantise_network(network, config.quantisation, config.budget)
    before, _ = image_size(network, config)
    assert before > 900
    pruner = Pruner(config, None)
    assert pruner.fit_image(network)
    assert image_size(network, config)[0] <= 900
    assert not pruner.fit_image(network)


def test_a_budget_that_nothing_fits_is_told(tmp_path: Path) -> None:
    config = run_config(tmp_path, training=SHORT, budget={"keep": None, "image_bytes": 50})
    with pytest.raises(InputError, match=re.escape("budget.image_bytes: with ")):
        make(tmp_path, config, "a").run()


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
