# SPDX-License-Identifier: Apache-2.0
"""train.budget.core_limits: what cores hold at the end is within their build, and what cannot be is told."""

import re
from pathlib import Path
from typing import Any

import pytest
import torch

from model.config import CoreConfig
from model.mapping.compiler import compile_network
from model.mapping.partition import partition, shares
from support.errors import InputError
from tests.train.helpers import run_config
from tests.train.loop.test_fit import make
from train.budget.core_limits import CoreLimits, prune_fan_in
from train.budget.pruning import Pruner
from train.budget.size import compiled, core_loads
from train.config.run import RunConfig
from train.layers.network import DelayNetwork
from train.layers.quantise import integer_network, quantise_network
from train.loop.checkpoint import make_network

SHORT = {"dense_epochs": 1, "sparse_epochs": 2, "average": 0.5}
RECURRENT = {"kind": "axon", "first": 1, "last": 4, "count": 2}


def core(**changes: Any) -> dict[str, Any]:
    """A build with room for all of the small network (14 axons, 6 + 6 + 3 neurons, delays up to 5) but its synapses."""
    return {"neurons": 15, "axons": 30, "delays": 5, "rows": 1000, "synapse_words": 1000, "lanes": 4, **changes}


def settled(folder: Path, build: dict[str, Any], **changes: Any) -> tuple[DelayNetwork, RunConfig]:
    """The start of the second phase, with synapses of a layer onto itself, which share rows with the next layer's."""
    cores = changes.pop("cores", 1)
    config = run_config(folder, budget={"keep": None, "core": build, "cores": cores, **changes},
                        network={"recurrent": RECURRENT})  # fmt: skip
    network = make_network(config)
    network.settle()
    return network, config


@pytest.mark.parametrize("cores", [1, 3])
@pytest.mark.parametrize("limit", [{"rows": 20}, {"synapse_words": 24}, {"rows": 30, "synapse_words": 35}])
@pytest.mark.parametrize("style", ["synaptic", "axonal", "lanes"])
def test_each_core_holds_its_share_and_is_full(tmp_path: Path, cores: int, limit: dict[str, int], style: str) -> None:
    network, config = settled(tmp_path, core(**limit), cores=cores, style=style)
    before = core_loads(network, config)
    limits = CoreLimits(config, None)
    assert limits.fit(network)
    for share, had in zip(core_loads(network, config), before, strict=True):
        for name, most in limit.items():
            assert getattr(share, name) <= most
        # What had too much has lost no more than it must: one of the limits is nearly reached.
        assert any(getattr(share, name) >= 0.8 * min(most, getattr(had, name)) for name, most in limit.items())
    assert not limits.fit(network)


def test_a_core_that_has_room_loses_nothing(tmp_path: Path) -> None:
    """Of two cores only the one that needs more words is too small."""
    network, config = settled(tmp_path, core(synapse_words=1), cores=2)
    needs = [share.synapse_words for share in core_loads(network, config)]
    middle = (min(needs) + max(needs)) // 2
    assert min(needs) < middle < max(needs)
    network, config = settled(tmp_path, core(synapse_words=middle), cores=2)
    before = core_loads(network, config)
    CoreLimits(config, None).fit(network)
    after = core_loads(network, config)
    for had, has in zip(before, after, strict=True):
        assert (has == had) == (had.synapse_words <= middle)


@pytest.mark.parametrize("cores", [1, 2])
def test_a_run_ends_inside_its_cores(tmp_path: Path, cores: int) -> None:
    config = run_config(
        tmp_path, training=SHORT,
        budget={"keep": None, "core": core(rows=40, synapse_words=30, accumulator_bits=9, state_bits=12), "ramp": 1.0,
                "cores": cores},
        quantisation={"weight_bits": 4, "epochs": 2, "learning_rate": 0.02}, network={"recurrent": RECURRENT},
    )  # fmt: skip
    run = make(tmp_path, config, "a")
    network = integer_network(run.run(), config.budget).network(max_steps=12)
    assert config.budget.core is not None
    for part, share in zip(partition(network, cores), shares(15, cores), strict=True):
        image = compile_network(part, config.budget.core)
        assert image.neurons_used == len(share)
    stages = [stage.name for stage in run.stages]
    each = " a core" if cores > 1 else ""
    assert f"30 synapse words{each}" in stages
    assert run.learner.pruner.state["done"] == 12


@pytest.mark.parametrize(
    ("limit", "cores", "message"),
    [
        (
            {"synapse_words": 1},
            2,
            r"budget\.core: synapse_words of core \d: needs \d+ with \d+ synapses left, the core h",
        ),
        ({"rows": 1, "synapse_words": 1}, 1, ""),
    ],
)
def test_one_word_is_enough_or_the_limit_is_told(
    tmp_path: Path, limit: dict[str, int], cores: int, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    network, config = settled(tmp_path, core(**limit), cores=cores)
    if not message:
        assert CoreLimits(config, None).fit(network)
        assert core_loads(network, config)[0].rows == 1
        return
    monkeypatch.setattr("train.budget.core_limits.TRIES", 1)
    with pytest.raises(InputError, match=message) as error:
        CoreLimits(config, None).fit(network)
    assert "\n" not in str(error.value)


def test_the_ramp_comes_near_its_end_early(tmp_path: Path) -> None:
    network, config = settled(tmp_path, core(synapse_words=20), ramp=1.0)
    start = core_loads(network, config)[0].synapse_words
    pruner = Pruner(config, None)
    words = []
    for step in range(13):
        assert pruner.prune(network, step / 12)
        words.append(core_loads(network, config)[0].synapse_words)
    assert words[0] == start
    assert words == sorted(words, reverse=True)
    assert words[6] < 20 + (start - 20) / 4
    assert words[-1] <= 20


def test_each_limit_alone(tmp_path: Path) -> None:
    network, config = settled(tmp_path, core(rows=30, synapse_words=20), synapses=100)
    start = core_loads(network, config)[0]
    seen = {name: core_loads(inside, config)[0] for name, inside in Pruner(config, None).alone(network)}
    assert seen["30 rows"].rows == 30
    assert seen["30 rows"].synapse_words > 20
    assert seen["20 synapse words"].synapse_words <= 20
    assert seen["100 synapses"].synapses <= 100
    assert core_loads(network, config)[0] == start
    network, config = settled(tmp_path, core())
    assert list(Pruner(config, None).alone(network)) == []


@pytest.mark.parametrize("bits", [4, 5])
def test_a_narrow_accumulator_takes_synapses(tmp_path: Path, bits: int) -> None:
    """A network that could not be rounded at all, since halves would not fit, has weights of 1 and more after."""
    config = run_config(tmp_path, budget={"keep": None, "accumulator_bits": bits}, network={"recurrent": RECURRENT})
    network = make_network(config)
    network.settle()
    with pytest.raises(InputError, match="synapses into a neuron do not fit the accumulator"):
        compiled(network, config)
    prune_fan_in(network, config.budget, None)
    most = ((1 << (bits - 1)) - 1) * 2 // 3
    for layer in network.layers:
        count = torch.stack([(group.matrix() != 0).sum((0, 1)) for group in layer.groups]).sum(0)
        assert int(count.max()) == most
    quantise_network(network, config.quantisation, config.budget)
    weights = torch.cat([group.matrix().flatten() for group in network.groups])
    assert float(weights.abs().sum() / (weights != 0).sum()) >= 1
    integer_network(network, config.budget)


def test_fan_in_is_left_alone_where_it_fits(tmp_path: Path) -> None:
    network, config = settled(tmp_path, core())
    before = network.synapse_count()
    prune_fan_in(network, config.budget, None)
    assert network.synapse_count() == before


def test_the_build_of_an_image_is_met(tmp_path: Path) -> None:
    """An image for the core itself, not for the smallest build."""
    config = run_config(tmp_path, training=SHORT, budget={"keep": None, "core": core(synapse_words=40)})
    network = make(tmp_path, config, "a").run()
    exported = integer_network(network, config.budget).network(max_steps=12)
    assert isinstance(config.budget.core, CoreConfig)
    assert re.match("ring", config.budget.core.delay_unit)
    assert compile_network(exported, config.budget.core).words_used <= 40
