# SPDX-License-Identifier: Apache-2.0
"""What tests of the command line share."""

from collections.abc import Callable
from pathlib import Path

import pytest

from flow.cli import run
from tests.flow.examples import small_image, write_recordings


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with an image and recordings."""
    monkeypatch.chdir(tmp_path)
    small_image().save(tmp_path / "small.chx")
    write_recordings(tmp_path / "synthetic_small.h5")
    return tmp_path


@pytest.fixture
def refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> Callable[[str, str], None]:
    """Checks that a command line is refused: status 2, one line that begins as said, and no file more or less."""

    def check(arguments: str, message: str) -> None:
        capsys.readouterr()
        there = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        assert run(arguments.split()) == 2
        captured = capsys.readouterr()
        assert captured.err.startswith(f"error: {message}")
        assert captured.err.count("\n") == 1
        assert captured.out == ""
        assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == there

    return check
