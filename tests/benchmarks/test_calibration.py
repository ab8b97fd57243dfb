# SPDX-License-Identifier: Apache-2.0
"""benchmarks.calibration: every model learns, and what is done is not done again."""

import json
from pathlib import Path

import pytest
import torch

from benchmarks.calibration import MODELS, NAMES, Trainer, load, main
from tests.train.helpers import write_recordings


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of recordings that can be told apart by where their units lie, and the working directory."""
    monkeypatch.chdir(tmp_path)
    write_recordings(tmp_path / "shd_train.h5", count=96)
    write_recordings(tmp_path / "shd_test.h5", seed=1)
    return tmp_path


def run(*options: str) -> int:
    return main(["--data", ".", "--seeds", "0", *options])


def test_models_learn(data: Path) -> None:
    models = [name for name in NAMES if name != "dcls"]
    assert run("--models", *models, "--epochs", "12") == 0
    report = json.loads((data / "build/reports/calibration.json").read_text())
    rows = {row["model"]: row for row in report["rows"]}
    assert list(rows) == models
    assert all(row["samples"] == 48 for row in rows.values())
    assert rows["linear"]["mean"] > 0.9
    assert all(row["mean"] > 0.5 for row in rows.values())


def test_delays_are_learned(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    split = load(data / "shd_train.h5", data / "cache")
    trainer = Trainer(MODELS["dcls"], split, seed=0, epochs=1)
    before = [group.position.detach().clone() for group in trainer.placed]
    trainer.epoch(0)
    for group, position in zip(trainer.placed, before, strict=True):
        assert not torch.equal(group.position, position)
        assert group.levels[0] <= group.position.min() <= group.position.max() <= group.levels[-1]
    assert run("--models", "dcls", "--epochs", "1") == 0
    assert "93.8 ± 0.7 %" in capsys.readouterr().out


def test_what_is_done_is_kept(data: Path) -> None:
    assert run("--models", "plain", "--epochs", "1") == 0
    kept = data / "build/calibration/plain-s0.json"
    content = json.loads(kept.read_text())
    kept.write_text(json.dumps(content | {"accuracy": 0.125}))
    assert run("--models", "plain", "--epochs", "1") == 0
    report = json.loads((data / "build/reports/calibration.json").read_text())
    assert report["rows"][0]["mean"] == 0.125
    # Other recordings, another result.
    write_recordings(data / "shd_test.h5", seed=2)
    assert run("--models", "plain", "--epochs", "1") == 0
    assert json.loads(kept.read_text())["key"]["files"] != content["key"]["files"]


def test_without_recordings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run("--models", "linear") == 2
    assert "shd_train.h5: no such file" in capsys.readouterr().out


@pytest.mark.parametrize("damage", ["", "{", "[]", "3", "{}"])
def test_a_damaged_result_is_measured_again(data: Path, damage: str) -> None:
    assert run("--models", "linear") == 0
    kept = data / "build/calibration/linear-s0.json"
    content = kept.read_text()
    kept.write_text(damage)
    assert run("--models", "linear") == 0
    assert kept.read_text() == content
