# SPDX-License-Identifier: Apache-2.0
"""Commands on training runs: a report is not written over the run."""

from pathlib import Path

import pytest

from flow.cli import run
from train.loop.run import FILES


@pytest.mark.parametrize("command", ["results other {}", "results {}", "sensitivity {}", "quantise {} --evaluate test"])
@pytest.mark.parametrize("name", FILES)
def test_a_report_does_not_replace_a_file_of_a_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: str, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "small" / name
    path.parent.mkdir()
    path.write_text("hours of work")
    assert run([*command.format("small").split(), "--json", str(path)]) == 2
    assert capsys.readouterr().err.startswith(f"error: {path}: would be written over what is read from it")
    assert path.read_text() == "hours of work"
