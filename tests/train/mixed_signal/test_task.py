# SPDX-License-Identifier: Apache-2.0
"""train.mixed_signal.task and config: the whole task, small, on one's own patterns, and wrong configurations."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from model.dynap.configuration_file import load_configuration
from model.dynap.mapper import undeploy
from model.dynap.network_file import load_analog
from model.dynap.rounding import rounded
from support.errors import InputError
from tests.train.mixed_signal.examples import small
from train.mixed_signal.config import load_frozen_noise
from train.mixed_signal.deployed import Simulated
from train.mixed_signal.evaluate import rate_ratio
from train.mixed_signal.patterns import poisson
from train.mixed_signal.task import CONFIGURATION, NETWORK, frozen_noise, of_weights


def without_times(content: dict[str, Any]) -> str:
    for each in content["networks"]:
        for way in each["quantisation"].values():
            if isinstance(way, dict):
                way.pop("seconds", None)
    content["summary"]["quantisation"].pop("time_of_auto_encoder")
    return json.dumps(content)


def test_the_whole_task(tmp_path: Path) -> None:
    seen: list[tuple[str, int, int]] = []
    content = frozen_noise(small(), tmp_path / "one", lambda name, done, total: seen.append((name, done, total)))
    assert seen[0] == ("plain-s0", 1, 150)
    assert seen[-1] == ("noise-s0", 150, 150)
    plain, noise = content["networks"]
    assert (plain["training"], noise["training"]) == ("plain", "noise")
    for each in (plain, noise):
        errors = {name: found["error"] for name, found in each["quantisation"].items() if name != "weights"}
        assert errors["k_means"] <= errors["subset_sum"] <= errors["auto_encoder"]
        assert len(each["quantised"]["base"]) == 4
        assert each["devices"]["of_float"] == each["devices"]["median"] / each["float"]["ratio"]
        assert of_weights(each).inward.shape == (2, 40)
        # Of the configuration that is kept, alone.
        folder = tmp_path / "one" / f"{each['training']}-s0"
        made = load_configuration(folder / CONFIGURATION)
        assert undeploy(made) == rounded(load_analog(folder / NETWORK), seed=0).network
        ratio = rate_ratio(Simulated(made).counts(small().rasters(0)))[0]
        assert each["chip"]["ratio"] == ratio
        assert len(each["chip"]["devices"]["ratios"]) == 12
    # The same again, from the start, and from what is kept.
    again = json.loads(json.dumps(content))
    assert without_times(frozen_noise(small(), tmp_path / "two")) == without_times(again)
    kept = frozen_noise(small(), tmp_path / "one", lambda name, done, total: seen.append(("again", done, total)))
    assert seen[-1][0] == "noise-s0"
    assert kept["networks"] == content["networks"]


def test_too_many_channels_for_the_chip(tmp_path: Path) -> None:
    config = small(patterns={"milliseconds": 50, "channels": 70}, training={"epochs": 2})
    found = frozen_noise(config, tmp_path)["networks"][0]
    assert found["chip"] == {"refused": "synapses: neuron 0 has 72; a neuron of the chip has 64"}
    assert not (tmp_path / "plain-s0" / CONFIGURATION).exists()


def test_own_patterns(tmp_path: Path) -> None:
    own = tmp_path / "own.npy"
    np.save(own, poisson((3, 100, 20), rate=80, dt=1e-3, seed=4))
    path = tmp_path / "own.toml"
    path.write_text(
        f'method = "mixed_signal"\nname = "own"\nseeds = [5]\n[patterns]\nfile = "{own}"\n[training]\nepochs = 4\n'
        "[evaluation]\ndevices = 3\nunseen = 2\n[quantisation]\nencoder_steps = 100\n"
    )
    content = frozen_noise(load_frozen_noise(path), tmp_path / "runs")
    assert np.shape(content["networks"][0]["float"]["rates"]) == (3, 3)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[layer.parameters]\nc_mum = 1.0", r"layer: no parameter c_mum; expected one of c_mem, "),
        ("[device]\nnames = ['i_oo']", r"device: no parameter i_oo; expected one of c_mem, "),
        ("[device]\nsigma = -1.0", r"device\.sigma: Input should be greater than or equal to 0, not -1\.0"),
        ("[patterns]\nfile = 'none.npy'", r"none\.npy: patterns cannot be read"),
        ("seeds = [1, 1]", r"seeds: expected different ones, not 1, 1"),
    ],
)
def test_wrong_configurations(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "wrong.toml"
    lines = ('method = "mixed_signal"\nname = "x"', text)
    path.write_text("\n".join(lines))
    with pytest.raises(InputError, match=message):
        load_frozen_noise(path)
