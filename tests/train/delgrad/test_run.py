# SPDX-License-Identifier: Apache-2.0
"""train.delgrad.run, fit, evaluate: a run learns, is the same again, goes on after a kill, and is measured."""

import json
from pathlib import Path

import pytest
import torch

from support.console import console
from support.errors import InputError
from tests.train.delgrad.examples import SMALL
from train.delgrad.config import load_delgrad
from train.delgrad.evaluate import LEVELS, Samples, tolerance
from train.delgrad.fit import Fit
from train.delgrad.run import FILES, evaluate_run, load_run, train

QUIET = console(quiet=True)


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("configs") / "small.toml"
    path.write_text(SMALL)
    return path


@pytest.fixture(scope="module")
def run(config: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return train(config, seed=1, run_folder=tmp_path_factory.mktemp("runs") / "whole", console=QUIET)


def weights_of(folder: Path) -> list[torch.Tensor]:
    return list(load_run(folder)[1].state_dict().values())


def test_the_folder_of_a_run(run: Path) -> None:
    assert {each.name for each in run.iterdir()} == {*FILES, "board"} - {"test.json", "validation.json"}
    metrics = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    assert [each["epoch"] for each in metrics] == [1, 2, 3, 4]
    assert metrics[-1]["validation_accuracy"] > 0.6
    page = (run / "summary.html").read_text()
    assert "small-s1" in page
    assert "threshold fixed" in page


def test_a_run_that_was_killed_ends_the_same(run: Path, config: Path, tmp_path: Path) -> None:
    loaded = load_delgrad(config, seed=1)
    Fit(loaded, tmp_path).run(stop_after=2)
    train(config, seed=1, run_folder=tmp_path, console=QUIET)
    for one, other in zip(weights_of(run), weights_of(tmp_path), strict=True):
        assert torch.equal(one, other)


def test_seeds_differ(run: Path, config: Path) -> None:
    fit = Fit(load_delgrad(config, seed=2))
    fit.run(stop_after=1)
    assert not torch.equal(fit.network.stack[0].weights, load_run(run)[1].stack[0].weights)


def test_a_run_on_observed_spikes_is_the_same_where_they_are_exact(config: Path) -> None:
    plain = Fit(load_delgrad(config))
    observed = Fit(load_delgrad(config), forward=lambda network, times: [r.fired for r in network.record(times)])
    for fit in (plain, observed):
        fit.run(stop_after=1)
    for one, other in zip(plain.network.parameters(), observed.network.parameters(), strict=True):
        assert torch.equal(one, other)


def test_a_set_is_measured_once(run: Path) -> None:
    result = evaluate_run(run, "validation")
    assert result["samples"] == 1000
    assert 0.6 < result["accuracy"] < 1
    (run / "validation.json").write_text(json.dumps(result | {"accuracy": 0.5}))
    assert evaluate_run(run, "validation")["accuracy"] == 0.5
    (run / "validation.json").unlink()


def test_disturbances_are_measured(run: Path) -> None:
    config, network = load_run(run)
    found = tolerance(network, config, Samples("validation", config))
    assert set(found) == set(LEVELS)
    assert found["threshold_fixed"][0][1] > found["threshold_fixed"][-1][1]


def test_mistakes_are_named(run: Path, config: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="of another configuration; choose another folder"):
        train(config, seed=5, run_folder=run, console=QUIET)
    with pytest.raises(InputError, match=r"no float\.pt; expected the folder of a complete run"):
        load_run(tmp_path)
    (tmp_path / "checkpoint.pt").write_bytes(b"nothing")
    with pytest.raises(InputError, match="not a checkpoint, or a damaged one"):
        train(config, run_folder=tmp_path, console=QUIET)


def test_after_fresh_nothing_is_left_of_another_run(config: Path, tmp_path: Path) -> None:
    (tmp_path / "checkpoint.pt").write_bytes(b"nothing")
    train(config, run_folder=tmp_path, resume=False, epochs=1, console=QUIET)
    assert len((tmp_path / "metrics.jsonl").read_text().splitlines()) == 1
