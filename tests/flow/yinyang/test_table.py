# SPDX-License-Identifier: Apache-2.0
"""flow.yinyang: the report, with and without the core, and a run that goes on."""

import json
from pathlib import Path

import pytest

from flow.yinyang import rows, table
from flow.yinyang.rows import ROWS, Accuracy, OnHardware, RowSpec
from support.console import console
from tests.train.delgrad.examples import SMALL

QUIET = console(quiet=True)


def test_configurations_are_there() -> None:
    assert all(spec.config.is_file() for spec in ROWS)
    assert len({(spec.network, spec.delays, spec.noise) for spec in ROWS}) == len(ROWS)


def test_accuracy() -> None:
    assert Accuracy.of([0.9]) == Accuracy(mean=0.9, std=0.0, min=0.9)
    found = Accuracy.of([0.9, 0.8])
    assert (found.mean, found.std, found.min) == pytest.approx((0.85, 0.070711, 0.8), abs=1e-6)


def test_the_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "small.toml").write_text(SMALL)
    monkeypatch.setattr(rows, "CONFIGS", tmp_path)
    monkeypatch.setattr(table, "QUICK_EPOCHS", 1)
    spec = RowSpec(network="4-30-3", delays="axonal", noise="none", file="small.toml")
    output = tmp_path / "reports" / "yinyang.json"
    runs = tmp_path / "runs"
    content = table.make_table(output, runs, quick=True, jobs=1, shown=QUIET, rows=[spec])
    assert content == {key: value for key, value in json.loads(output.read_text()).items() if key != "made"}
    (row,) = content["rows"]
    assert row["accuracy_float"]["mean"] == row["accuracy_float"]["min"] > 0.3
    assert row == {
        "network": "4-30-3", "delays": "axonal", "noise": "none", "seeds": [0],
        "accuracy_float": row["accuracy_float"], "accuracy_golden": None, "accuracy_rtl": None, "in_loop": None,
        "chips": None, "mismatches": None, "memory": None,
    }  # fmt: skip
    before = (runs / "small-s0" / "checkpoint.pt").read_bytes()

    def hardware(asked: RowSpec, folders: list[Path]) -> OnHardware:
        assert (asked, folders) == (spec, [runs / "small-s0"])
        return OnHardware(accuracy_golden=Accuracy.of([0.5]), mismatches=0)

    content = table.make_table(
        output,
        runs,
        quick=True,
        jobs=1,
        shown=QUIET,
        rows=[spec],
        hardware=hardware,  # type: ignore[arg-type]
    )
    assert (runs / "small-s0" / "checkpoint.pt").read_bytes() == before
    assert content["rows"][0]["accuracy_golden"] == {"mean": 0.5, "std": 0.0, "min": 0.5}
    assert table.as_table(content).row_count == 1
