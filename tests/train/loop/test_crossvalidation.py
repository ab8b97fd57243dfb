# SPDX-License-Identifier: Apache-2.0
"""train.loop.crossvalidation: disjoint groups, a run a group, what comes out of them."""

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

from support.errors import InputError
from tests.train.helpers import write_recordings
from tests.train.loop.test_run import TOML, quiet
from train.loop.crossvalidation import crossvalidate, deal


def test_groups_share_nobody_and_leave_nobody_out() -> None:
    speakers = np.repeat([0, 3, 7, 9, 11, 12, 20], 4)
    groups = deal(speakers, 3, 1)
    assert sorted(speaker for group in groups for speaker in group) == [0, 3, 7, 9, 11, 12, 20]
    assert sorted(map(len, groups)) == [2, 2, 3]
    assert groups == deal(speakers, 3, 1) != deal(speakers, 3, 2)


@pytest.mark.parametrize("folds", [1, 8])
def test_impossible_folds(folds: int) -> None:
    with pytest.raises(InputError, match=rf"folds must be in 2\.\.7, the number of speakers, not {folds}"):
        deal(np.arange(7), folds, 0)


def test_a_run_a_group_and_again_nothing_to_do(tmp_path: Path) -> None:
    write_recordings(tmp_path / "train.h5")
    config = tmp_path / "small.toml"
    config.write_text(TOML.format(folder=tmp_path).replace("dense_epochs = 4", "dense_epochs = 1"), encoding="utf-8")
    result = crossvalidate(config, folds=2, run_folder=tmp_path / "folds", console=quiet())
    assert json.loads((tmp_path / "folds" / "crossvalidation.json").read_text()) == json.loads(
        json.dumps(asdict(result))
    )
    held_out = [list(fold.speakers) for fold in result.folds]
    assert sorted(held_out[0] + held_out[1]) == [0, 1, 2, 3]
    for k, speakers in enumerate(held_out):
        used = json.loads((tmp_path / "folds" / f"fold{k + 1}" / "config.json").read_text())
        assert used["data"]["validation_speakers"] == speakers
    values = [fold.accuracy_quantised for fold in result.folds]
    assert result.accuracy_quantised.mean == pytest.approx(np.mean(values))
    assert result.accuracy_quantised.spread == pytest.approx(np.std(values, ddof=1))
    console = quiet()
    assert crossvalidate(config, folds=2, run_folder=tmp_path / "folds", console=console) == result
    assert "goes on after 3 epochs" in console.export_text()
