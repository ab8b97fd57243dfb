# SPDX-License-Identifier: Apache-2.0
"""train.loop.checkpoint: a network comes back in each form that it can have."""

import re
from pathlib import Path
from typing import Any

import pytest
import torch

from support.errors import InputError
from tests.train.helpers import run_config
from train.config.run import RunConfig
from train.layers.network import DelayNetwork
from train.layers.quantise import quantise_network
from train.loop.checkpoint import FLOAT, load_checkpoint, load_start, make_network, restore, save_checkpoint

PLACED = {"between": {"kind": "synapse", "first": 1, "last": 5}, "recurrent": {"first": 1, "last": 3}}


def state_of(network: DelayNetwork, config: RunConfig) -> dict[str, Any]:
    return {
        "config": config.model_dump_json(),
        "settled": not network.placed(),
        "folded": network.layers[0].neurons.scale is not None,
        "average": network.state_dict(),
    }


@pytest.mark.parametrize("form", ["dense", "sparse", "integer"])
def test_a_network_comes_back(tmp_path: Path, form: str) -> None:
    config = run_config(tmp_path, network=PLACED, quantisation={"weight_bits": 4}, budget={"state_bits": 19})
    network = make_network(config)
    if form != "dense":
        network.settle()
    if form == "integer":
        quantise_network(network, config.quantisation, config.budget)
    save_checkpoint(tmp_path / FLOAT, state_of(network, config))
    state = load_checkpoint(tmp_path / FLOAT)
    assert state is not None
    again = make_network(config)
    restore(again, state, "average")
    events = (torch.rand(12, 5, 14, generator=torch.Generator().manual_seed(1)) < 0.4).float()
    with torch.no_grad():
        want, got = network.eval()(events), again.eval()(events)
    assert torch.equal(want.score, got.score)
    assert all(torch.equal(a, b) for a, b in zip(want.potentials, got.potentials, strict=True))
    assert [layer.neurons.rule for layer in again.layers] == [layer.neurons.rule for layer in network.layers]


def test_a_network_of_other_layers(tmp_path: Path) -> None:
    config, other = run_config(tmp_path), run_config(tmp_path, network={"hidden": [5, 6]})
    state = state_of(make_network(config), config)
    with pytest.raises(InputError, match=r"^the network of the checkpoint is of another form: .*size mismatch"):
        restore(make_network(other), state, "average")


def test_the_configuration_makes_the_network(tmp_path: Path) -> None:
    config = run_config(tmp_path, training={"seed": 3, "dropout": 0.25, "precision": "bfloat16"})
    network = make_network(config)
    assert (network.dropout, network.dtype, network.noise) == (0.25, torch.bfloat16, None)
    same = make_network(config).state_dict()
    assert all(torch.equal(value, same[name]) for name, value in network.state_dict().items())
    noisy = run_config(tmp_path, noise={"dropped": 0.1})
    assert make_network(noisy).noise == noisy.noise


def test_no_file_is_no_checkpoint(tmp_path: Path) -> None:
    assert load_checkpoint(tmp_path / FLOAT) is None


@pytest.mark.parametrize("content", [b"", b"no checkpoint", None])
def test_damaged(tmp_path: Path, content: bytes | None) -> None:
    """Cut to nothing, something else, and a file of torch without a configuration."""
    path = tmp_path / FLOAT
    if content is None:
        torch.save({"average": {}}, path)
    else:
        path.write_bytes(content)
    with pytest.raises(InputError, match=re.escape(f"{path}: not a checkpoint, or a damaged one; remove it, or train")):
        load_checkpoint(path)


def test_a_start_is_of_the_same_network_and_ears(tmp_path: Path) -> None:
    first = run_config(tmp_path)
    save_checkpoint(tmp_path / FLOAT, state_of(make_network(first), first))
    start = {"start": str(tmp_path)}
    assert load_start(run_config(tmp_path, training=start))["config"] == first.model_dump_json()
    for changes, message in (
        ({"encoding": {"steps": 11}}, r"has another \[network\] or \[encoding\]; expected those of small"),
        ({"data": {"validation_speakers": [1, 3]}}, "learned from speakers 1, which are held out here"),
    ):
        with pytest.raises(InputError, match=message):
            load_start(run_config(tmp_path, training=start, **changes))
    (tmp_path / FLOAT).unlink()
    with pytest.raises(InputError, match=r"training\.start: no float\.pt in "):
        load_start(run_config(tmp_path, training=start))
