# SPDX-License-Identifier: Apache-2.0
"""The installed command: from its checkout, and with its own modules."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from support.paths import ROOT

START = "import sys; sys.path.insert(0, sys.argv.pop(1)); from chronaxie import main; main()"
"""What the script does that pip installs; the argument stands for how the package is found."""


def chronaxie(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", START, folder, *arguments], env={**os.environ, **environment}, capture_output=True,
        text=True, check=False, cwd="/",
    )  # fmt: skip


def test_modules_of_others_with_our_names_do_no_harm(tmp_path: Path) -> None:
    for name in ("model", "data", "flow", "support", "numpy"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('the wrong one')")
    seen = chronaxie(ROOT, "--version", PYTHONPATH=os.pathsep.join([str(tmp_path), ""]))
    assert (seen.returncode, seen.stderr) == (0, "")
    assert seen.stdout.startswith("chronaxie ")


@pytest.mark.parametrize("whole", [False, True])
def test_installed_elsewhere_it_says_what_to_do(tmp_path: Path, whole: bool) -> None:
    """As from a wheel, which has neither all files nor a place for what is built."""
    shutil.copytree(ROOT / "chronaxie", tmp_path / "chronaxie")
    if whole:
        for name in ("flow", "support"):
            shutil.copytree(ROOT / name, tmp_path / name)
    seen = chronaxie(tmp_path, "--help")
    assert seen.returncode == 2
    assert seen.stderr == (
        f"error: chronaxie runs from its checkout, {tmp_path} is none: pip install -e CHECKOUT, or `make base` there\n"
    )
    assert seen.stdout == ""
