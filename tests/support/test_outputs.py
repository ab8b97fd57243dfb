# SPDX-License-Identifier: Apache-2.0
"""Outputs that would destroy an input are told by the file, not by its name."""

import os
from pathlib import Path

import pytest

from support.errors import InputError
from support.outputs import refuse_overwriting


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to be in, with the file ``a`` under four names."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a").write_text("")
    (tmp_path / "b").write_text("")
    (tmp_path / "link").symlink_to("a")
    os.link("a", "hard")
    (tmp_path / "folder").mkdir()
    return tmp_path


@pytest.mark.parametrize("name", ["a", "folder/../a", "link", "hard"])
def test_one_file_has_many_names(files: Path, name: str) -> None:
    with pytest.raises(InputError, match=rf"^{name}: would be written over what is read from it"):
        refuse_overwriting([Path("new"), Path(name)], [Path("b"), Path("a")])
    with pytest.raises(InputError, match="would be written over"):
        refuse_overwriting([Path("a")], [files / name])


def test_other_files_are_let_through(files: Path) -> None:
    refuse_overwriting([Path("new"), Path("b"), Path("folder/a")], [Path("a"), Path("none")])
    refuse_overwriting([], [Path("a"), Path("a")])


def test_a_file_that_is_not_there_is_told_by_its_path(files: Path) -> None:
    with pytest.raises(InputError, match=r"^folder/\.\./none: would be written over what is read from it \(none\)"):
        refuse_overwriting([Path("folder/../none")], [Path("none")])


@pytest.mark.parametrize("name", ["new", "folder/../new"])
def test_two_outputs_have_two_places(files: Path, name: str) -> None:
    with pytest.raises(InputError, match=rf"^{name}: two outputs would go there; expected a file for each$"):
        refuse_overwriting([Path("new"), Path(name)])
