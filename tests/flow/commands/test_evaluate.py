# SPDX-License-Identifier: Apache-2.0
"""``chronaxie evaluate``: its report, its sweeps, and what it refuses."""

import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

from flow.cli import run
from flow.run.evaluate import Evaluation, play
from tests.flow.examples import CLASSES, write_recordings


@pytest.fixture(autouse=True)
def recordings(folder: Path) -> None:
    """More recordings than the other commands get, for accuracies that differ."""
    write_recordings(folder / "small.h5", 30)


@pytest.fixture
def clean(folder: Path) -> Evaluation:
    return play(folder / "small.chx", folder / "small.h5")


def test_report(folder: Path, clean: Evaluation, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["evaluate", "small.chx", "--data", "small.h5", "--json", "out/evaluate.json"]) == 0
    assert "accuracy" in capsys.readouterr().out
    report = json.loads((folder / "out" / "evaluate.json").read_text())
    expected = asdict(clean.report())
    assert {name: value for name, value in report.items() if name in expected and name != "samples_per_second"} == {
        name: value for name, value in expected.items() if name != "samples_per_second"
    }
    assert set(report["classes"]) == set(CLASSES)
    # Ten recordings a class, all by one speaker.
    assert np.mean(list(report["classes"].values())) == pytest.approx(report["accuracy"])
    assert report["speakers"] == {"0": report["accuracy"]}


def test_with_noise(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = "evaluate small.chx --data small.h5 --noise --seeds 2 --seed 3 --json a.json --plot plots/a.png"
    assert run(command.split()) == 0
    shown = capsys.readouterr().out
    assert "plot: plots/a.png" in shown
    assert (folder / "plots" / "a.png").read_bytes().startswith(b"\x89PNG")
    noise = json.loads((folder / "a.json").read_text())["noise"]
    assert (noise["seeds"], noise["seed"]) == (2, 3)
    assert len(noise["points"]) == 7 * 6
    for point in noise["points"]:
        assert point["mean"] == pytest.approx(np.mean(point["accuracies"]))
        assert len(point["accuracies"]) == (2 if point["level"] else 1)
        assert f"{point['mean']:.1%}" in shown
        assert point["noise"].replace("_", " ") in shown


def test_with_one_noise(folder: Path) -> None:
    command = (
        "evaluate small.chx --data small.h5 --noise --kind delay_mismatch --level 3 --level 0 --level 1 --json a.json"
    )
    assert run(command.split()) == 0
    points = json.loads((folder / "a.json").read_text())["noise"]["points"]
    assert [(point["noise"], point["level"]) for point in points] == [("delay_mismatch", level) for level in (0, 1, 3)]


def test_without_matplotlib(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:  # fmt: skip
    monkeypatch.delitem(sys.modules, "flow.run.noise_plot", raising=False)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    command = ["evaluate", "small.chx", "--data", "small.h5", "--noise", "--kind", "delay_mismatch", "--seeds", "1"]
    assert run(command) == 0
    capsys.readouterr()
    assert run([*command, "--plot", "x.png"]) == 2
    assert capsys.readouterr().err.startswith("error: --plot needs matplotlib: run `make all`, or pip install")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            "evaluate small.chx --data small.h5 --kind delay_mismatch",
            "--kind, --level and --plot belong to a sweep: give --noise as well",
        ),
        (
            "evaluate small.chx --data small.h5 --plot x.png",
            "--kind, --level and --plot belong to a sweep: give --noise as well",
        ),
        (
            "evaluate small.chx --data small.h5 --noise --level 1",
            "--level belongs to one disturbance: give one --kind as well",
        ),
        (
            "evaluate small.chx --data small.h5 --noise --kind delay_mismatch --kind dropped_events --level 1",
            "--level belongs to one disturbance",
        ),
        ("evaluate small.chx --data small.h5 --noise --kind thunder", "Invalid value for '--kind': "),
        ("evaluate small.chx --data small.h5 --noise --seeds 0", "Invalid value for '--seeds': "),
        (
            "evaluate small.chx --data small.h5 --noise --plot x.pdf",
            "x.pdf: expected a picture that ends in .png or .svg",
        ),
        ("evaluate small.chx --data small.h5 --noise --plot small.chx/x.png", "small.chx: cannot be made"),
        ("evaluate small.chx --data small.h5 --samples 31", "small.h5: samples must be in 1..30, not 31"),
        ("evaluate small.chx --data small.h5 --json .", ".: cannot be written, it is a folder"),
    ],
)
def test_refused(refused: Callable[[str, str], None], arguments: str, message: str) -> None:
    refused(arguments, message)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("--kind delay_mismatch --level 0.5", "delay mismatch must be whole steps, not 0.5"),
        ("--kind dropped_events --level 2", "dropped events: the probability must be in 0..1, not 2.0"),
        ("--kind weight_mismatch --level -1", "weight mismatch must be at least 0, not -1.0"),
    ],
)
def test_a_level_out_of_range(folder: Path, capsys: pytest.CaptureFixture[str], options: str, message: str) -> None:
    outputs = "--json a.json --csv a.csv --plot a.png"
    assert run(f"evaluate small.chx --data small.h5 --noise {options} {outputs}".split()) == 2
    assert capsys.readouterr().err == f"error: {message}\n"
    assert not list(folder.glob("a.*"))
    assert sorted(path.name for path in folder.glob("*small*")) == ["small.chx", "small.h5", "synthetic_small.h5"]
