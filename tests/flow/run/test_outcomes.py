# SPDX-License-Identifier: Apache-2.0
"""What came of each sample, as JSON and CSV, with and without labels."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from flow.cli import run
from model.golden import GoldenCore
from tests.flow.examples import small_image, small_network


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    small_image().save(tmp_path / "small.chx")
    raster = np.random.default_rng(1).random((3, 8, 4)) < 0.4
    np.savez(tmp_path / "plain.npz", raster=raster)
    np.savez(tmp_path / "labelled.npz", raster=raster, label=np.array([2, 0, 1]))
    return tmp_path


def test_each_sample_of_a_run(folder: Path) -> None:
    assert run(["golden", "--image", "small.chx", "--data", "labelled.npz", "--json", "a.json", "--csv", "a.csv"]) == 0
    found = json.loads((folder / "a.json").read_text())["recordings"]
    network = small_network()
    with np.load(folder / "labelled.npz") as file:
        raster = np.concatenate([file["raster"], np.zeros((3, 3, 4), bool)], axis=1)
    for each, events in zip(found, raster, strict=True):
        result = GoldenCore(network).run(events)
        wanted = result.potential_sum[list(network.readout.neurons)].tolist()
        assert list(each["scores"].values()) == wanted
        assert each["predicted"] == network.labels[int(result.predicted)]
        assert each["spikes"] == result.spikes.sum()
    assert [each["label"] for each in found] == ["blue", "red", "green"]
    rows = list(csv.DictReader((folder / "a.csv").open()))
    assert list(rows[0]) == ["sample", "label", "predicted", "score_red", "score_green", "score_blue", "spikes"]
    assert [row["predicted"] for row in rows] == [each["predicted"] for each in found]


def test_without_labels_there_is_no_accuracy(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["golden", "--image", "small.chx", "--data", "plain.npz", "--json", "a.json"]) == 0
    content = json.loads((folder / "a.json").read_text())
    assert content["accuracy"] is None
    assert [each["label"] for each in content["recordings"]] == [None] * 3
    assert run(["evaluate", "small.chx", "--data", "plain.npz", "--csv", "e.csv"]) == 0
    assert run(["advise", "small.chx", "--data", "plain.npz"]) == 0
    capsys.readouterr()
    assert run(["evaluate", "small.chx", "--data", "plain.npz", "--noise"]) == 2
    assert "plain.npz: its samples have no labels: there is no accuracy to disturb" in capsys.readouterr().err


def test_in_rtl_each_sample_has_its_cycles(folder: Path) -> None:
    files = ["--json", "a.json", "--csv", "a.csv"]
    assert run(["sim", "--image", "small.chx", "--data", "plain.npz", "--unit", "bitmap", *files]) == 0
    (unit,) = json.loads((folder / "a.json").read_text())["runs"]
    assert (unit["mismatches"], unit["accuracy_rtl"]) == (0, None)
    rows = list(csv.DictReader((folder / "a.csv").open()))
    assert [row["unit"] for row in rows] == ["bitmap"] * 3
    assert [int(row["cycles"]) for row in rows] == [each["cycles"] for each in unit["recordings"]]
    assert np.mean([each["cycles"] for each in unit["recordings"]]) == pytest.approx(unit["cycles_mean"])
