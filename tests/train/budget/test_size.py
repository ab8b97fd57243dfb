# SPDX-License-Identifier: Apache-2.0
"""train.budget.size: what a network takes is what its image has, on one core and on several."""

from pathlib import Path
from typing import Any

import pytest

from model.config import CoreConfig
from model.image.image import Image
from model.mapping.compiler import compile_network, fit
from model.mapping.partition import partition
from tests.train.helpers import run_config
from train.budget.size import compiled, core_loads, estimated_size, image_size
from train.config.run import RunConfig
from train.layers.network import DelayNetwork
from train.loop.checkpoint import make_network

CORE: dict[str, Any] = {"neurons": 15, "axons": 30, "delays": 8, "rows": 400, "synapse_words": 400, "lanes": 4}


def settled(folder: Path, **budget: Any) -> tuple[DelayNetwork, RunConfig]:
    config = run_config(folder, budget={"keep": None, **budget})
    network = make_network(config)
    network.settle()
    return network, config


def images(network: DelayNetwork, config: RunConfig) -> list[Image]:
    parts = partition(compiled(network, config), config.budget.cores)
    return [compile_network(part, fit(part, lanes=config.budget.lanes)) for part in parts]


def test_a_network_in_real_numbers_stays_one(tmp_path: Path) -> None:
    network, config = settled(tmp_path)
    before = {name: value.clone() for name, value in network.state_dict().items()}
    made = compiled(network, config)
    assert made.axons == 14
    assert made.max_steps == 12
    assert all(bool((value == before[name]).all()) for name, value in network.state_dict().items())
    assert network.layers[0].neurons.scale is None


@pytest.mark.parametrize("cores", [1, 2])
def test_loads_are_those_of_the_images(tmp_path: Path, cores: int) -> None:
    network, config = settled(tmp_path, core=CORE, cores=cores)
    made = images(network, config)
    assert [tuple(load) for load in core_loads(network, config)] == [
        (image.rows_used, image.words_used, image.synapses) for image in made
    ]
    size, synapses = image_size(network, config)
    assert size == sum(len(image.to_bytes()) for image in made)
    assert synapses == sum(image.synapses for image in made)


def test_the_image_of_a_given_build(tmp_path: Path) -> None:
    network, config = settled(tmp_path)
    build = CoreConfig(**{**CORE, "lanes": 8, "neurons": 200})
    size, _ = image_size(network, config, build)
    assert size == len(compile_network(compiled(network, config), build).to_bytes())
    assert size > image_size(network, config)[0], "targets have more bits"


@pytest.mark.parametrize(("lanes", "bits", "entry"), [(8, 8, 8 + 1), (4, 8, 8 + 2), (8, 3, 3 + 1)])
def test_an_estimate_is_that_of_the_synapses_alone(tmp_path: Path, lanes: int, bits: int, entry: int) -> None:
    """15 neurons: 2 targets in each of 8 lanes, 4 in each of 4."""
    config = run_config(tmp_path, budget={"keep": None, "lanes": lanes}, quantisation={"weight_bits": bits})
    network = make_network(config)
    network.settle()
    assert estimated_size(network, config) == network.synapse_count() * entry // 8
    assert estimated_size(network, config) < image_size(network, config)[0]
