# SPDX-License-Identifier: Apache-2.0
"""model.dynap.configuration_file, network_file and fields: files of others are refused with the place."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from model.dynap.configuration_file import load_configuration, save_configuration
from model.dynap.mapper import deploy
from model.dynap.network_file import load_analog, save_analog
from support.errors import InputError
from tests.model.dynap.examples import SMALL, random_network, simple, without_base


@pytest.mark.parametrize("seed", range(5))
def test_networks_come_back(seed: int, tmp_path: Path) -> None:
    for network in (random_network(seed), without_base(random_network(seed))):
        save_analog(tmp_path / "n.json", network)
        found = load_analog(tmp_path / "n.json")
        assert found == network
        assert found.name == network.name


def test_without_neurons(tmp_path: Path) -> None:
    save_configuration(tmp_path / "c.json", deploy(random_network(1), SMALL))
    content = json.loads((tmp_path / "c.json").read_text())
    content |= {"cores": [], "inputs": [], "outputs": []}
    (tmp_path / "c.json").write_text(json.dumps(content))
    assert load_configuration(tmp_path / "c.json").neurons == 0


Change = Callable[[dict[str, Any]], Any]
CONFIGURATIONS: list[tuple[Change, str]] = [
    (lambda c: c.update(format="other"), r': no chronaxie dynap-se2 configuration: expected "format": '),
    (lambda c: c.update(version=2), r": chronaxie dynap-se2 configuration of version 2; expected 1"),
    (lambda c: c.update(more=1), r": unknown key 'more'; expected format, "),
    (lambda c: c.pop("inputs"), r": no 'inputs'; expected format, "),
    (lambda c: c.update(inputs=3), r"\.inputs: expected a list, not 3"),
    (lambda c: c["inputs"].append([[1, 0]]), r"\.inputs\[1\]\[0\]: expected a list of 3, not \[1, 0\]"),
    (lambda c: c["cores"][0].update(chip=True), r"\.cores\[0\]\.chip: expected a whole number 0\.\.\d+, not true"),
    (lambda c: c["cores"][0]["biases"].pop("i_w3"), r"\.cores\[0\]\.biases: no 'i_w3'; expected i_tau_mem, "),
    (
        lambda c: c["cores"][0]["neurons"][0]["synapses"][0].__setitem__(1, "gabba"),
        r"\.cores\[0\]\.neurons\[0\]\.synapses\[0\]\[1\]: expected one of ampa, gaba, nmda, shunt, not \"gabba\"",
    ),
    (lambda c: c.update(outputs=[9]), r": outputs: there is no neuron 9"),
    (lambda c: c.update(name=3), r"\.name: expected a text, not 3"),
    (lambda c: c.update(cores=[3]), r"\.cores\[0\]: expected an object with chip, core, biases, neurons, not 3"),
]


@pytest.mark.parametrize(("change", "message"), CONFIGURATIONS)
def test_wrong_configurations(change: Change, message: str, tmp_path: Path) -> None:
    path = tmp_path / "c.json"
    save_configuration(path, deploy(simple()))
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))
    with pytest.raises(InputError, match=f"^{path}{message}"):
        load_configuration(path)


NETWORKS: list[tuple[Change, str]] = [
    (lambda c: c["synapses"][0].__setitem__(3, "much"), r'\.synapses\[0\]\[3\]: expected a number, not "much"'),
    (lambda c: c["synapses"][0].__setitem__(3, -1.0), r": mixed-signal network: current must be above 0 A"),
    (lambda c: c["biases"][0].pop("i_dc"), r"\.biases\[0\]: no 'i_dc'; expected "),
]


@pytest.mark.parametrize(("change", "message"), NETWORKS)
def test_wrong_networks(change: Change, message: str, tmp_path: Path) -> None:
    path = tmp_path / "n.json"
    save_analog(path, simple())
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))
    with pytest.raises(InputError, match=f"^{path}{message}"):
        load_analog(path)


@pytest.mark.parametrize("text", ["", "[", "\xff", "[" * 100_000])
def test_no_json(text: str, tmp_path: Path) -> None:
    path = tmp_path / "c.json"
    path.write_text(text, encoding="latin-1")
    with pytest.raises(InputError, match=f"^{path}: no configuration: not JSON$"):
        load_configuration(path)
    path.write_text("[]")
    with pytest.raises(InputError, match=r'c\.json: no chronaxie dynap-se2 configuration: expected "format"'):
        load_configuration(path)
