# SPDX-License-Identifier: Apache-2.0
"""Shares of points, and a floor that may only rise."""

import subprocess
import tomllib
from itertools import pairwise
from pathlib import Path

import pytest

from flow.verify.coverage import FLOOR, KINDS, below, cover, load_floor, raise_floor, report
from support.errors import InputError
from support.paths import ROOT

COUNTS = {
    "line|rtl/a.py|x": 3, "line|rtl/a.py|y": 0, "line|rtl/b.py|x": 1,
    "toggle|rtl/a.py|s[0]:0->1": 1, "toggle|rtl/a.py|s[0]:1->0": 0,
    "corner|rtl/b.py|full | empty": 0, "corner|rtl/b.py|wraps": 5, "corner|rtl/b.py|held": 5,
}  # fmt: skip


def test_shares() -> None:
    found = cover(COUNTS)
    assert [found.total(kind).share for kind in KINDS] == [2 / 3, 1 / 2, 2 / 3]
    assert (found.sources["rtl/a.py"]["line"].met, found.sources["rtl/a.py"]["corner"].share) == (1, None)
    assert found.missed == {"line": ["rtl/a.py|y"], "corner": ["rtl/b.py|full | empty"]}
    assert report(found, dict.fromkeys(KINDS, 0.5))["total"]["toggle"] == {"met": 1, "points": 2, "share": 0.5}


def floor_file(folder: Path, **shares: float) -> Path:
    path = folder / "floor.toml"
    path.write_text("".join(f"{kind} = {shares.get(kind, 0.5)}\n" for kind in KINDS))
    return path


def test_below_the_floor(tmp_path: Path) -> None:
    found = cover(COUNTS)
    assert below(found, load_floor(floor_file(tmp_path))) == []
    assert below(found, load_floor(floor_file(tmp_path, line=0.7))) == ["lines: 66.67% of them met, the floor is 70.0%"]
    assert len(below(cover({}), dict.fromkeys(KINDS, 0.5))) == 3


def test_the_floor_rises_and_never_falls(tmp_path: Path) -> None:
    path = floor_file(tmp_path, line=0.1, toggle=0.9)
    assert raise_floor(cover(COUNTS), path) == {"line": 0.666, "toggle": 0.9, "corner": 0.666}
    assert load_floor(path) == {"line": 0.666, "toggle": 0.9, "corner": 0.666}


@pytest.mark.parametrize("text", ["", "line = 0.5", "line = 2\ntoggle = 0\ncorner = 0", "line = 'x'", "["])
def test_a_wrong_file(tmp_path: Path, text: str) -> None:
    (tmp_path / "floor.toml").write_text(text)
    with pytest.raises(InputError, match=r"floor\.toml: expected a share in 0\.\.1 for each of line, toggle, corner"):
        load_floor(tmp_path / "floor.toml")


def test_the_floor_of_the_project_has_only_risen() -> None:
    """Along its history, where there is one, to the file as it lies there."""
    name = FLOOR.relative_to(ROOT).as_posix()
    git = ["git", "-C", str(ROOT)]
    done = subprocess.run(
        [*git, "log", "--format=%H", "--reverse", "--", name], capture_output=True, text=True, check=False
    )
    texts = [subprocess.run([*git, "show", f"{commit}:{name}"], capture_output=True, text=True, check=True).stdout
             for commit in done.stdout.split()] if done.returncode == 0 else []  # fmt: skip
    versions = [tomllib.loads(text) for text in [*texts, FLOOR.read_text()]]
    for before, after in pairwise(versions):
        assert all(after[kind] >= before[kind] for kind in KINDS), (before, after)
    assert set(load_floor()) == set(KINDS)
