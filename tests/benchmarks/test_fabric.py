# SPDX-License-Identifier: Apache-2.0
"""benchmarks.fabric: a row for each number of cores."""

import pytest

from benchmarks.fabric import main
from support.paths import ROOT


def test_more_cores_are_faster(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    assert main(["--samples", "2", "--cores", "1", "3"]) == 0
    rows = [line.split("│") for line in capsys.readouterr().out.splitlines() if line.startswith("│")]
    assert [row[1].strip() for row in rows] == ["1", "3"]
    assert rows[0][3].strip() == "1.00"
    assert float(rows[1][3]) > 2
