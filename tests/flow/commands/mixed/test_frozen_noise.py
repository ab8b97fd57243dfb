# SPDX-License-Identifier: Apache-2.0
"""chronaxie frozen-noise: report, picture and tables; what it refuses."""

import json
from pathlib import Path

import pytest

from flow.cli import run

SMALL = """
method = "mixed_signal"
name = "small"
seeds = [3]
patterns = {milliseconds = 100, channels = 20}
training = {epochs = 3}
evaluation = {devices = 5, unseen = 2}
quantisation = {encoder_steps = 50}
"""


def test_report_and_picture(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config, report = tmp_path / "small.toml", tmp_path / "out" / "f.json"
    config.write_text(SMALL)
    arguments = ["frozen-noise", str(config), "--folder", str(tmp_path / "runs"), "--json", str(report)]
    assert run(arguments) == 0
    content = json.loads(report.read_text())
    assert [each["training"] for each in content["networks"]] == ["plain", "noise"]
    assert set(content["summary"]) == {"plain", "noise", "chip", "quantisation"}
    assert set(content["summary"]["chip"]["noise"]) == {"as_designed", "devices", "ablation"}
    picture = report.with_suffix(".png")
    assert picture.read_bytes().startswith(b"\x89PNG")
    shown = capsys.readouterr().out
    assert "trained with noise, seed 3" in shown
    assert f"report: {report}" in shown
    assert {each.name for each in (tmp_path / "runs" / "small").iterdir()} == {"plain-s3", "noise-s3"}
    first = picture.read_bytes()
    assert run(arguments) == 0
    assert picture.read_bytes() == first


def test_a_report_over_its_configuration(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = tmp_path / "small.png"
    config.write_text(SMALL)
    assert run(["frozen-noise", str(config), "--json", str(tmp_path / "small.json")]) == 2
    assert "small.png: would be written over what is read from it" in capsys.readouterr().err
    assert config.read_text() == SMALL


def test_no_configuration(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["frozen-noise", str(tmp_path / "none.toml")]) == 2
    assert "none.toml: cannot be read" in capsys.readouterr().err
