# SPDX-License-Identifier: Apache-2.0
"""What ``chronaxie --version`` prints."""

import subprocess
from pathlib import Path

import pytest

from flow.cli import run
from flow.version import commit_name, version_line


def git(folder: Path, *command: str) -> str:
    names = ["-c", "user.name=x", "-c", "user.email=x@example.org"]
    done = subprocess.run(["git", "-C", folder, *names, *command], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_the_commit_is_that_of_the_checkout(tmp_path: Path) -> None:
    root = tmp_path / "checkout"
    root.mkdir()
    (root / "pyproject.toml").write_text('[project]\nname = "x"\nversion = "1.2"\n')
    alone = "x 1.2, no commit: not a checkout of git"
    assert version_line(root) == alone
    git(root, "init", "--quiet")
    assert version_line(root) == alone
    assert commit_name(root) == "no-commit"
    git(root, "add", "pyproject.toml")
    git(root, "commit", "--quiet", "-m", "one")
    commit = git(root, "rev-parse", "HEAD")
    assert version_line(root) == f"x 1.2, commit {commit[:12]}"
    (root / "build").write_text("")
    assert version_line(root) == f"x 1.2, commit {commit[:12]}"
    (root / "pyproject.toml").write_text('[project]\nname = "x"\nversion = "1.3"\n')
    assert version_line(root) == f"x 1.3, commit {commit[:12]}, with changes"
    assert commit_name(root) == f"{commit[:12]}-changed"
    inner = root / "inner"
    inner.mkdir()
    (inner / "pyproject.toml").write_text('[project]\nname = "y"\nversion = "1"\n')
    assert version_line(inner) == "y 1, no commit: not a checkout of git"


def test_without_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "x"\nversion = "1.2"\n')
    monkeypatch.setenv("PATH", str(tmp_path))
    assert version_line(tmp_path) == "x 1.2, no commit: not a checkout of git"


def test_the_option(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0
    assert capsys.readouterr().out == f"{version_line()}\n"
