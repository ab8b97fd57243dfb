# SPDX-License-Identifier: Apache-2.0
"""flow.commands.results: a row a run, and all together."""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from flow.cli import run as chronaxie
from flow.paper.networks import networks
from train.report.results import RunResult, summary

RESULT = RunResult(
    run="x", weights="8 bit", samples=100, test_sha256=None, accuracy_float=0.5, accuracy=0.25, synapses=1234,
    image_bytes=99, lane_fill=0.5, input_events=3.0, spikes=[1.0, 2.0], synaptic_operations=10.0,
    cycles={"ring": 5.0, "bitmap": 6.0},
)  # fmt: skip


def test_results_of_runs_and_of_all_together(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    module = SimpleNamespace(require_one_network=list, measure=lambda _: RESULT, summary=summary)
    monkeypatch.setattr("flow.commands.results.training", lambda _: module)
    out = tmp_path / "results.json"
    assert chronaxie(["results", "runs/a", "runs/b", "--json", str(out)]) == 0
    shown = capsys.readouterr().out
    for text in ("1,234", "25.00% ± 0.00%", "95 % interval"):
        assert text in shown
    written = json.loads(out.read_text())
    assert list(written) == [
        "runs", "accuracy_float_mean", "accuracy_float_spread", "accuracy_mean", "accuracy_spread",
        "accuracy_interval", "made",
    ]  # fmt: skip
    assert list(written["runs"][0]) == [
        "run", "weights", "samples", "test_sha256", "accuracy_float", "accuracy", "synapses", "image_bytes",
        "lane_fill", "input_events", "spikes", "synaptic_operations", "cycles",
    ]  # fmt: skip
    assert written["runs"][1]["cycles"] == {"ring": 5.0, "bitmap": 6.0}


def test_the_tables_of_the_paper_need_their_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "reports"
    arguments = ["paper", "--quick", "--runs", str(tmp_path), "--data", "data/synthetic_test.h5", "-o", str(out)]
    assert chronaxie(arguments) == 2
    said = capsys.readouterr().err
    assert "hd_48_48_20-s0/network.chx: not there; `make paper` trains the networks of the tables first" in said
    assert list(out.iterdir()) == []


@pytest.mark.parametrize(("count", "missing"), [(1, "b-s0"), (2, "a-s1")])
def test_the_tables_of_the_paper_take_as_many_seeds_as_asked(
    count: int, missing: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = networks()[0]
    monkeypatch.setattr("flow.paper.report.networks", lambda: [first.model_copy(update={"name": n}) for n in "ab"])
    (tmp_path / "a-s0").mkdir()
    (tmp_path / "a-s0" / "network.chx").touch()
    arguments = ["paper", "--seeds", str(count), "--runs", str(tmp_path), "--data", "data/synthetic_test.h5",
                 "-o", str(tmp_path / "reports")]  # fmt: skip
    assert chronaxie(arguments) == 2
    assert f"{missing}/network.chx: not there" in capsys.readouterr().err
