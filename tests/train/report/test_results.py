# SPDX-License-Identifier: Apache-2.0
"""train.report.results: what a run comes to on its test set, and runs that cannot be put into one mean."""

import re
from pathlib import Path

import pytest

from flow.cli import run as chronaxie
from support.errors import InputError
from tests.train.helpers import run_config, write_recordings
from tests.train.loop.test_run import quiet
from train.config.run import RunConfig
from train.loop.accuracy import evaluate_run
from train.loop.run import train_config
from train.report.results import interval, measure, require_one_network, summary

QUICK = {"dense_epochs": 1, "sparse_epochs": 1}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    write_recordings(tmp_path / "train.h5", seed=0)
    write_recordings(tmp_path / "test.h5", seed=1)
    return tmp_path


def trained(config: RunConfig, folder: Path) -> Path:
    return train_config(config, folder, console=quiet())


def test_a_run_on_its_test_set(data: Path) -> None:
    config = run_config(data, training=QUICK)
    folder = trained(config, data / "run")
    seen = measure(folder)
    said = evaluate_run(folder, console=quiet())
    assert seen.accuracy == said.accuracy_quantised
    assert seen.test_sha256 == said.file.sha256
    assert seen.spikes == pytest.approx(said.spikes_quantised)
    assert summary([seen]).accuracy_mean == seen.accuracy
    assert measure(folder) == seen

    write_recordings(data / "test.h5", seed=8)
    message = re.escape(f"{folder / 'test.json'}: of another test file than {data / 'test.h5'} is now; ")
    with pytest.raises(InputError, match=message) as error:
        measure(folder)
    assert "\n" not in str(error.value)
    evaluate_run(folder, console=quiet())
    assert measure(folder).test_sha256 != seen.test_sha256


def test_runs_of_one_network(data: Path) -> None:
    first = trained(run_config(data, training={**QUICK, "seed": 1}), data / "first")
    other = trained(run_config(data, training={**QUICK, "seed": 2, "dropout": 0.0}), data / "other")
    require_one_network([first, other])
    require_one_network([first])
    for section, changes, text in (
        ("network", {"hidden": [6, 5]}, "network.hidden is [6, 5], [6, 6] in"),
        ("encoding", {"drain": 4}, "encoding.drain is 4, 2 in"),
        ("budget", {"keep": 1}, "budget.keep is 1, 2 in"),
        ("quantisation", {"weight_bits": 4}, "quantisation.weight_bits is 4, 8 in"),
    ):
        folder = data / section
        trained(run_config(data, **{"training": QUICK, section: changes}), folder)
        message = re.escape(f"{folder}: {text} {first}: expected runs of one network with several seeds")
        with pytest.raises(InputError, match=message) as error:
            require_one_network([first, other, folder])
        assert "\n" not in str(error.value)


def test_runs_of_one_test_set(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, other = (trained(run_config(data, training={**QUICK, "seed": seed}), data / f"{seed}") for seed in (1, 2))
    write_recordings(data / "again.h5", seed=5)
    third = trained(run_config(data, training=QUICK, data={"test": str(data / "again.h5")}), data / "third")
    assert chronaxie(["results", str(first), str(other), str(third)]) == 2
    said = f"error: {third}: its test file, {data / 'again.h5'}, is another one than that of {first}\n"
    assert capsys.readouterr().err == said
    assert chronaxie(["results", str(first), str(other)]) == 0
    table = capsys.readouterr().out
    assert "mean ± spread" in table
    assert "95 % interval of" in table


def test_interval() -> None:
    """94 % of 2264 samples: a point more or less."""
    assert interval(0.94, 2264) == pytest.approx(0.0098, abs=1e-4)
    assert interval(1.0, 10) == 0


def test_a_run_counts_once(data: Path) -> None:
    folder = trained(run_config(data, training=QUICK), data / "run")
    with pytest.raises(InputError, match=re.escape("run: named twice; expected runs of one network")):
        require_one_network([folder, folder.parent / "x" / ".." / "run"])
