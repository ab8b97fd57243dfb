# SPDX-License-Identifier: Apache-2.0
"""Which version this is: the release, and the commit of the checkout."""

import shlex
import subprocess
import tomllib
from collections.abc import Sequence
from contextvars import ContextVar
from pathlib import Path

from support.paths import ROOT

_command: ContextVar[str] = ContextVar("command", default="")


def note_command(arguments: Sequence[str], *, program: str = "chronaxie") -> None:
    """Remember what the command line was asked, for the reports that it writes; ``program``: what was called so."""
    _command.set(shlex.join([*filter(None, [program]), *arguments]))


def provenance() -> dict[str, str]:
    """What made a report: the command (empty outside of the command line) and the version."""
    return {"command": _command.get(), "version": version_line()}


def release(root: Path = ROOT) -> str:
    """The version of the package, as in "0.1.0"."""
    return _project(root)[1]


def commit_name(root: Path = ROOT) -> str:
    """The commit as a name for a file: "0123456789ab", with "-changed" if there are changes, or "no-commit"."""
    line = version_line(root)
    commit = line.partition("commit ")[2].partition(",")[0] if ", commit " in line else "no-commit"
    return commit + ("-changed" if line.endswith(", with changes") else "")


def version_line(root: Path = ROOT) -> str:
    """As in "chronaxie 0.1.0, commit 0123456789ab, with changes"."""
    commit = _git(root, "rev-parse", "--short=12", "HEAD")
    named = " ".join(_project(root))
    # A folder without a commit of its own may lie in another project's checkout.
    if commit is None or Path(_git(root, "rev-parse", "--show-toplevel") or "/").resolve() != root.resolve():
        return f"{named}, no commit: not a checkout of git"
    changed = ", with changes" if _git(root, "status", "--porcelain", "--untracked-files=no") else ""
    return f"{named}, commit {commit}{changed}"


def _git(root: Path, *command: str) -> str | None:
    try:
        done = subprocess.run(["git", "-C", root, *command], capture_output=True, text=True, check=False)
    except OSError:
        return None
    return None if done.returncode else done.stdout.strip()


def _project(root: Path) -> tuple[str, str]:
    """Name and version of the package."""
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    return project["name"], project["version"]
