# SPDX-License-Identifier: Apache-2.0
"""The example from recordings to hardware, with one epoch of each phase: whether it learns is not tested here."""

import re
from pathlib import Path

import numpy as np
import pytest

from data.shd.reader import Recordings
from examples import train_small
from support.paths import ROOT
from train.config.run import load_config


def test_the_split_shares_no_speaker(tmp_path: Path) -> None:
    source = Recordings.open(ROOT / "data" / "synthetic_test.h5")
    train, test = map(Recordings.open, train_small.split(source.path, tmp_path))
    assert len(np.unique(test.speakers)) * train_small.EVERY == len(np.unique(source.speakers))
    assert not set(train.speakers) & set(test.speakers)
    assert len(train) + len(test) == len(source)
    assert set(train.labels) == set(test.labels) == set(range(20))


def test_the_configuration_names_the_files_that_are_made() -> None:
    config = load_config(train_small.HERE / "train_small.toml")
    assert (config.data.train, config.data.test) == (
        Path("build/examples/train.h5"),
        Path("build/examples/test.h5"),
    )


def test_from_recordings_to_the_rtl(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    quick = tmp_path / "quick.toml"
    quick.write_text(
        f'base = "{train_small.HERE / "train_small.toml"}"\nname = "quick"\n'
        f'[data]\ntrain = "{tmp_path}/train.h5"\ntest = "{tmp_path}/test.h5"\ncache = "{tmp_path}"\n'
        "[training]\ndense_epochs = 1\nsparse_epochs = 1\n[quantisation]\nepochs = 1\n"
    )
    assert train_small.main(["--config", str(quick), "--folder", str(tmp_path), "--samples", "4"]) == 0
    *_, last = capsys.readouterr().out.splitlines()
    assert re.fullmatch(r"4 recordings in the RTL: [\d.]+% right, 0 differences to the golden model", last)
