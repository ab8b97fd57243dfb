# SPDX-License-Identifier: Apache-2.0
"""What tests of the command line share."""

from pathlib import Path

import pytest

from tests.flow.examples import small_image, write_recordings


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with an image and recordings."""
    monkeypatch.chdir(tmp_path)
    small_image().save(tmp_path / "small.chx")
    write_recordings(tmp_path / "synthetic_small.h5")
    return tmp_path
