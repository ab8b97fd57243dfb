# SPDX-License-Identifier: Apache-2.0
"""support.paths: the checkout, wherever it is and whatever the working folder is."""

from pathlib import Path

import pytest

from support.paths import BUILD, ROOT


def test_the_top_of_the_checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert ROOT.is_absolute()
    assert all((ROOT / name).exists() for name in ("pyproject.toml", "support", "tests"))
    assert BUILD == ROOT / "build"
