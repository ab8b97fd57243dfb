# SPDX-License-Identifier: Apache-2.0
"""Networks as files."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from model.network_file import load_network, save_network
from model.random_network import random_config, random_network
from support.errors import InputError
from tests.model.examples import full_network, network, refractory_network


def test_round_trip(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    path = tmp_path / "net.npz"
    for net in (
        full_network(),
        refractory_network(),
        network([]),
        *(random_network(rng, random_config(rng)) for _ in range(10)),
    ):
        save_network(path, net)
        assert load_network(path) == net


def _change(path: Path, **changes: Any) -> None:
    save_network(path, full_network())
    with np.load(path) as file:
        arrays = dict(file)
    arrays.update(changes)
    np.savez(path, **{name: array for name, array in arrays.items() if array is not None})


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"weight": None, "neurons_beta": None}, "no network file: expected neurons_beta, weight"),
        ({"neurons_refractory": None}, "no network file: expected neurons_refractory"),
        ({"format": np.array(3)}, "network file of format 3, expected 2"),
        ({"format": np.array(0)}, "network file of format 0, expected 2"),
        ({"axons": np.array(2.5)}, r"axons must be an integer, not float64 of shape \(\)"),
        ({"weight": np.zeros(8, np.int64)}, "network: weight of synapse 0 .* must not be 0"),
        ({"neurons_alpha": np.full(5, 5000)}, r"neurons: alpha of neuron 0 must be in 0\.\.4096, not 5000"),
        ({"info": np.frombuffer(b"{}", np.uint8)}, "info: expected a key 'name'"),
        ({"info": np.frombuffer(b"{", np.uint8)}, "info: expected a JSON object in UTF-8"),
        ({"weight": np.array([{}] * 8, object)}, "no network file"),
    ],
)
def test_bad_files_are_refused_by_name(tmp_path: Path, changes: dict[str, Any], reason: str) -> None:
    path = tmp_path / "net.npz"
    _change(path, **changes)
    with pytest.raises(InputError, match=rf"net\.npz: {reason}"):
        load_network(path)


def test_files_from_before_there_were_refractory_periods_have_none(tmp_path: Path) -> None:
    path = tmp_path / "net.npz"
    _change(path, format=np.array(1), neurons_refractory=None)
    assert load_network(path) == full_network()


def test_other_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "net.npz"
    save_network(path, full_network())
    whole = path.read_bytes()
    for data in (b"", b"something else", whole[: len(whole) // 2]):
        path.write_bytes(data)
        with pytest.raises(InputError, match=r"net\.npz: no network file"):
            load_network(path)
    with pytest.raises(InputError, match=r"none\.npz: network cannot be read"):
        load_network(tmp_path / "none.npz")
