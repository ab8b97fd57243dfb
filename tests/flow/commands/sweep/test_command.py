# SPDX-License-Identifier: Apache-2.0
"""``chronaxie sweep``: its outputs, how it goes on, how it fails, and what it refuses."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from flow.cli import run
from tests.flow.sweep.examples import call, spec_file

FRONT = '[[pareto]]\nx = "min square"\ny = "max options.x"\n'


def test_outputs(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec_file(folder, call("square", x=[1, 2, 3]), FRONT)
    command = "sweep spec.toml --jobs 1 --json out/sweep.json --plot out/front.png"
    assert run(command.split()) == 0
    shown = capsys.readouterr().out
    assert "3 done, 0 refused, 0 failed; 3 of them now" in shown
    assert "results: build/sweeps/test/rows" in shown
    content = json.loads((folder / "out" / "sweep.json").read_text())
    assert (content["tasks"], content["done"], content["kept"]) == (3, 3, 0)
    assert content["made"]["command"].startswith("chronaxie sweep spec.toml")
    [front] = content["pareto"]
    assert [(point["x"], point["y"], point["best"]) for point in front["points"]] == [
        (1, 1, True), (4, 2, True), (9, 3, True),
    ]  # fmt: skip
    assert (folder / "out" / "front.png").read_bytes().startswith(b"\x89PNG")
    assert len(list((folder / "build" / "sweeps" / "test" / "rows").glob("*.parquet"))) == 3
    # Again: nothing is left to do.
    assert run(command.split()) == 0
    assert "0 of them now" in capsys.readouterr().out


def test_a_failure_is_status_1(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec_file(folder, call("fail"), call("square", x=4), limits="retries = 0")
    assert run(["sweep", "spec.toml", "--jobs", "1", "--folder", "here"]) == 1
    captured = capsys.readouterr()
    assert captured.err == "error: 1 of 2 tasks failed, the first one: RuntimeError: no luck\n"
    assert "1 done, 0 refused, 1 failed" in captured.out
    assert len(list((folder / "here" / "rows").glob("*.parquet"))) == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("none.toml", "none.toml: cannot be read"),
        ("spec.toml --plot a.png", "--plot: spec.toml has no [[pareto]] to draw"),
        ("spec.toml --jobs 0", "jobs must be at least 1, not 0"),
        ("spec.toml --jobs 1 --scheduler tcp://h:1", "--jobs is for this machine; a scheduler has the workers"),
        ("small.chx", "small.chx: cannot be read"),
    ],
)
def test_mistakes(folder: Path, refused: Callable[[str, str], None], arguments: str, message: str) -> None:
    spec_file(folder, call("square", x=1))
    refused(f"sweep {arguments}", message)


def test_a_column_that_is_not_there(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The results are kept all the same."""
    spec_file(folder, call("square", x=[1, 2]), '[[pareto]]\nx = "min squares"\ny = "min square"\n')
    assert run(["sweep", "spec.toml", "--jobs", "1"]) == 2
    assert capsys.readouterr().err.startswith("error: pareto: no result has squares; there are key, kind,")
    assert len(list((folder / "build" / "sweeps" / "test" / "rows").glob("*.parquet"))) == 2


def test_without_dask(folder: Path, refused: Callable[[str, str], None], monkeypatch: pytest.MonkeyPatch) -> None:
    spec_file(folder, call("square", x=1))
    monkeypatch.setitem(sys.modules, "dask", None)
    refused("sweep spec.toml", "sweeps need dask: run `make all`, or pip install -e '.[sweep]'")
