# SPDX-License-Identifier: Apache-2.0
"""flow.commands.sensitivity: what it writes is what the run keeps."""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from flow.cli import run as chronaxie
from train.budget.probe import Quality
from train.budget.sensitivity import GroupSensitivity, Sensitivity

REPORT = Sensitivity(of="4 samples", unchanged=Quality(0.5, 1.0), groups=[
    GroupSensitivity(group="a", synapses=3, changes={"half": Quality(0.25, 2.0)}),
])  # fmt: skip


def test_sensitivity_is_written_as_its_run_keeps_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    module = SimpleNamespace(sensitivity_of_run=lambda *_, **__: REPORT, sensitivity_table=lambda _: "table")
    monkeypatch.setattr("flow.commands.sensitivity.training", lambda *_: module)
    out = tmp_path / "sensitivity.json"
    assert chronaxie(["sensitivity", "runs/x", "--json", str(out)]) == 0
    written = json.loads(out.read_text())
    assert written.pop("made")["command"] == f"chronaxie sensitivity runs/x --json {out}"
    assert written == {
        "of": "4 samples", "accuracy": 0.5, "loss": 1.0,
        "groups": [{"group": "a", "synapses": 3, "changes": {"half": {"accuracy": 0.25, "loss": 2.0}}}],
    }  # fmt: skip
