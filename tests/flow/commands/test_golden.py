# SPDX-License-Identifier: Apache-2.0
"""``chronaxie golden``: its report, and what it refuses."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from flow.cli import run
from flow.commands.golden import golden_table
from flow.run.evaluate import play


def test_golden(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = "golden --image small.chx --data synthetic_small.h5 --samples 4 --json reports/golden.json"
    assert run(arguments.split()) == 0
    report = json.loads((folder / "reports" / "golden.json").read_text())
    assert report["dataset"] == "synthetic speech (synthetic_small.h5)"
    assert report["samples"] == 4
    assert 0 <= report["accuracy"] <= 1
    assert list(report["input"]) == ["spikes", "events", "merged", "dropped"]
    out = capsys.readouterr().out
    assert "synthetic speech (synthetic_small.h5)" in out
    assert f"input: {report['input']['spikes']} recorded spikes, " in out


def test_the_table_has_a_row_a_number(folder: Path) -> None:
    played = play(folder / "small.chx", folder / "synthetic_small.h5", 4)
    table = golden_table(played)
    titles, numbers = ([str(cell) for cell in column.cells] for column in table.columns)
    assert dict(zip(titles, numbers, strict=True))["samples"] == "4"
    assert dict(zip(titles, numbers, strict=True))["accuracy"] == f"{played.report().accuracy:.2%}"
    assert len(titles) == 6


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("golden --image small.chx --data none.h5", "none.h5: no such file; expected an HDF5 file of the SHD format"),
        ("golden --image small.chx --data small.chx", "small.chx: not an HDF5 file, or a damaged one"),
        (
            "golden --image small.chx --data synthetic_small.h5 --samples 7",
            "synthetic_small.h5: samples must be in 1..6",
        ),
        ("golden --image small.chx --data synthetic_small.h5 --json small.chx/x", "small.chx: cannot be made"),
        ("golden --image small.chx --data synthetic_small.h5 --json .", ".: cannot be written, it is a folder"),
        (
            "golden --image small.chx --data synthetic_small.h5 --samples none",
            "samples must be a number of at least 1, or all, not 'none'",
        ),
    ],
)
def test_refused(refused: Callable[[str, str], None], arguments: str, message: str) -> None:
    refused(arguments, message)
