# SPDX-License-Identifier: Apache-2.0
"""chronaxie deploy, undeploy and dynap: there and back for every kind of target, and what they refuse."""

import json
from pathlib import Path

import numpy as np
import pytest

from flow.cli import run
from model.dynap.configuration_file import load_configuration
from model.dynap.network_file import load_analog, save_analog
from model.fabric.bundle import Bundle
from model.image.image import Image
from model.network_file import load_network, save_network
from tests.flow.examples import small_image
from tests.model.dynap.examples import fan_in, simple, without_base


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_image_there_and_back() -> None:
    network = small_image().network()
    save_network(Path("n.npz"), network)
    assert run(["deploy", "n.npz", "-o", "n.chx", "--lanes", "4"]) == 0
    assert Image.load(Path("n.chx")).geometry.lanes == 4
    assert run(["undeploy", "n.chx", "-o", "back.npz"]) == 0
    assert load_network(Path("back.npz")) == network
    # The very image of the older command.
    assert run(["image", "compile", "n.npz", "-o", "m.chx", "--lanes", "4"]) == 0
    assert Path("m.chx").read_bytes() == Path("n.chx").read_bytes()


def test_bundle_there_and_back() -> None:
    image = small_image()
    image.save(Path("n.chx"))
    assert run(["deploy", "n.chx", "-o", "n.chxb", "--cores", "2"]) == 0
    assert Bundle.load(Path("n.chxb")).cores == 2
    assert run(["undeploy", "n.chxb", "-o", "back.npz"]) == 0
    assert load_network(Path("back.npz")) == image.network()


def test_configuration_there_and_back(capsys: pytest.CaptureFixture[str]) -> None:
    save_analog(Path("n.json"), without_base(simple()))
    assert run(["deploy", "n.json", "-o", "c.json"]) == 0
    shown = capsys.readouterr().out
    assert "c.json: 2 neurons on 1 cores, 2 synapses, 2 tags, rounded: currents of synapses by " in shown
    assert run(["undeploy", "c.json", "-o", "back.json"]) == 0
    assert run(["deploy", "back.json", "-o", "again.json", "--exact"]) == 0
    assert load_configuration(Path("again.json")) == load_configuration(Path("c.json"))
    assert load_analog(Path("back.json")).outputs == (1,)


def test_a_chip_simulated(capsys: pytest.CaptureFixture[str]) -> None:
    save_analog(Path("n.json"), simple())
    assert run(["deploy", "n.json", "-o", "c.json", "--exact"]) == 0
    np.save("p.npy", np.ones((2, 50, 1), np.uint8))
    assert run(["dynap", "c.json", "p.npy", "--devices", "3", "--json", "r.json"]) == 0
    found = json.loads(Path("r.json").read_text())
    assert np.shape(found["designed"]) == (2, 1)
    assert np.shape(found["devices"]) == (3, 2, 1)
    assert found["outputs"] == [1]
    assert found["made"]["command"].startswith("chronaxie dynap c.json p.npy")
    assert "neuron 1" in capsys.readouterr().out
    np.save("one.npy", np.zeros((1, 50, 1), np.uint8))
    assert run(["dynap", "c.json", "one.npy", "--devices", "0"]) == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["deploy", "n.npz", "-o", "n.bin"], "n.bin: expected a name that ends in .chx (an image for one core), .chxb"),
        (["deploy", "n.npz", "-o", "n.chxb"], "n.chxb: a bundle is for several cores; expected --cores"),
        (
            ["deploy", "n.npz", "-o", "n.chx", "--cores", "2"],
            "--cores is for a bundle for several cores; n.chx is none",
        ),
        (["deploy", "n.npz", "-o", "c.json"], "n.npz: expected a mixed-signal network (.json) for a configuration of"),
        (["deploy", "n.npz", "-o", "c.json", "--lanes", "2"], "--lanes is for an image for one core and a bundle for"),
        (["deploy", "n.npz", "-o", "n.chx", "--exact"], "--exact is for a configuration of DYNAP-SE2; n.chx is none"),
        (["deploy", "n.json", "-o", "n.chx"], "n.json: expected a network in integers (.npz, or an image .chx) for"),
        (["deploy", "n.chx", "-o", "m.chx"], "n.chx: is an image already; expected a network (.npz), or a bundle"),
        (["deploy", "n.json", "-o", "c.json"], "n.json: synapses: neuron 0 has 65; a neuron of the chip has 64"),
        (["undeploy", "n.npz", "-o", "m.npz"], "n.npz: expected a name that ends in .chx (an image for one core)"),
        (["undeploy", "n.json", "-o", "m.npz"], "m.npz: a mixed-signal network ends in .json; expected such a name"),
        (["undeploy", "n.json", "-o", "m.json"], "n.json: no chronaxie dynap-se2 configuration: expected"),
        (["undeploy", "n.chx", "-o", "m.json"], "m.json: a network ends in .npz; expected such a name"),
        (["dynap", "none.json", "p.npy"], "none.json: configuration cannot be read"),
    ],
)
def test_refused(arguments: list[str], message: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    small_image().save(folder / "n.chx")
    save_network(folder / "n.npz", small_image().network())
    save_analog(folder / "n.json", fan_in(1, 65))
    before = sorted(folder.iterdir())
    assert run(arguments) == 2
    assert capsys.readouterr().err.startswith(f"error: {message}")
    assert sorted(folder.iterdir()) == before


def test_without_outputs(capsys: pytest.CaptureFixture[str]) -> None:
    save_analog(Path("n.json"), simple(outputs=()))
    assert run(["deploy", "n.json", "-o", "c.json"]) == 0
    np.save("p.npy", np.ones((2, 50, 1), np.uint8))
    assert run(["dynap", "c.json", "p.npy"]) == 2
    assert "c.json: has no outputs; expected neurons to count the spikes of" in capsys.readouterr().err
