# SPDX-License-Identifier: Apache-2.0
"""train.delgrad.config: files that come with the project, and mistakes."""

from pathlib import Path

import pytest

from support.errors import InputError
from support.paths import ROOT
from tests.train.delgrad.examples import SMALL
from train.delgrad.config import load_delgrad

FILES = sorted(path for path in (ROOT / "train/configs/yinyang").glob("*.toml") if path.name != "base.toml")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_files_of_the_project(path: Path) -> None:
    config = load_delgrad(path, seed=3)
    assert config.name == f"yinyang_{path.stem}-s3"
    assert config.training.seed == 3


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("[network]\nhidden = [5, 5]", r"network: weight_mean must have 3 numbers, one a layer, not 2"),
        ("[network]\nratio = 3", r"network.ratio: Input should be 1 or 2, not 3"),
        ("[training]\nsilent_limits = [0.1]", r"training.silent_limits must have 2 numbers, one a layer, not 1"),
        ("[training]\nmomentum = 1", r"training.momentum: Extra inputs are not permitted, not 1"),
        ('[training]\ndevice = "tpu"', r"training.device: must be cpu, cuda, cuda:N or auto, not 'tpu'"),
    ],
)
def test_mistakes(tmp_path: Path, line: str, message: str) -> None:
    path = tmp_path / "x.toml"
    path.write_text(f'method = "delgrad"\nname = "x"\n{line}\n')
    with pytest.raises(InputError, match=message):
        load_delgrad(path)


def test_what_is_given_goes_before_the_file(tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    path.write_text(SMALL)
    config = load_delgrad(path, epochs=2, device="auto")
    assert (config.name, config.training.epochs, config.training.device) == ("small", 2, "auto")
