# SPDX-License-Identifier: Apache-2.0
"""The guide: every command and every block of code in it runs, and prints what the page says.

A page is run from top to bottom, in a folder that has what a checkout has and a ``build`` of its own.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from support.paths import ROOT

PAGES = sorted((ROOT / "docs" / "guide").glob("*.md"))
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
SEEN_ONLY = {"gtkwave build/waves/scdq.gtkw\n": "build/waves/scdq.gtkw"}
"""Blocks that open a window, and the file that it shows: that has to be there."""
SMALL = {"SAMPLES": "2", "JOBS": "2"}
"""What the Makefile takes from the environment: two recordings in place of 200 show that a command works."""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    for path in ROOT.iterdir():
        if path.name not in ("build", "runs", ".git"):
            (tmp_path / path.name).symlink_to(path)
    (tmp_path / "build").mkdir()
    if not (ROOT / ".venv").exists():
        (tmp_path / ".venv" / "bin").mkdir(parents=True)
        for name in ("python", "chronaxie"):
            (tmp_path / ".venv" / "bin" / name).symlink_to(Path(sys.executable).parent / name)
    return tmp_path


def blocks(page: Path) -> list[tuple[str, str]]:
    """Language and content of each block."""
    return BLOCK.findall(page.read_text())


def run(language: str, text: str, folder: Path) -> str:
    """Run a block; what it prints. Fails if it does."""
    if language == "python":
        (folder / "build" / "block.py").write_text(text)
        command = [str(folder / ".venv" / "bin" / "python"), "build/block.py"]
    else:
        # The environment is there: make need not look for it.
        command = [
            "bash",
            "-euo",
            "pipefail",
            "-c",
            re.sub(r"^make ", "make -o base -o all ", text, flags=re.MULTILINE),
        ]
    env = {**os.environ, **(SMALL if "WAVES" not in text else {}), "PYTHONPATH": str(folder), "COLUMNS": "200"}
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{text}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_runs_from_top_to_bottom(checkout: Path, page: Path) -> None:
    said = ""
    for language, text in blocks(page):
        if text in SEEN_ONLY:
            assert (checkout / SEEN_ONLY[text]).exists()
        elif language == "text":
            missing = [line for line in text.splitlines() if line not in said]
            assert not missing, f"{page.name} shows what is not printed: {missing}\n{said}"
        else:
            assert language in ("sh", "python"), f"{page.name}: a block of {language or 'no language'}"
            said = run(language, text, checkout)


def test_commands_of_the_guide_stand_in_blocks() -> None:
    """A command between backquotes is mentioned; one that a reader is to run stands in a block, where it is run."""
    assert {page.stem for page in PAGES} >= {"tutorial", "network", "audio", "soc", "budget", "claims"}
    assert sum(len(blocks(page)) for page in PAGES) > 15
