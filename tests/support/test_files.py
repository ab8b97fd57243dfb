# SPDX-License-Identifier: Apache-2.0
"""Files are written whole or not at all."""

import os
from pathlib import Path
from typing import Any

import pytest

from support.errors import InputError
from support.files import TEMPORARY, kept_json, read_bytes, replacing, write_atomic


def test_a_file_is_replaced_whole_and_nothing_stays_behind(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_atomic(path, b"one")
    write_atomic(path, b"other")
    assert read_bytes(path, "thing") == b"other"
    assert os.listdir(tmp_path) == ["file"]


def test_a_failed_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    write_atomic(path, b"one")

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(InputError, match=r"file: cannot be written \(No space left on device\)"):
        write_atomic(path, b"other")
    assert path.read_bytes() == b"one"
    assert os.listdir(tmp_path) == ["file"]


def test_files_are_as_readable_as_any_other(tmp_path: Path) -> None:
    write_atomic(tmp_path / "ours", b"")
    (tmp_path / "theirs").write_bytes(b"")
    assert (tmp_path / "ours").stat().st_mode == (tmp_path / "theirs").stat().st_mode


def test_missing_folders_and_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nowhere/file: cannot be written, expected a writable folder \(No such file"):
        write_atomic(tmp_path / "nowhere" / "file", b"")
    with pytest.raises(InputError, match=r"file: thing cannot be read \(No such file or directory\)"):
        read_bytes(tmp_path / "file", "thing")


def test_the_body_writes_beside_the_file(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"one")
    with replacing(path) as temporary:
        assert temporary.parent == tmp_path
        assert temporary.name.endswith(TEMPORARY)
        temporary.write_bytes(b"other")
        assert path.read_bytes() == b"one"
    assert path.read_bytes() == b"other"
    assert os.listdir(tmp_path) == ["file"]


@pytest.mark.parametrize("error", [KeyboardInterrupt(), ValueError("wrong"), InputError("x: wrong")])
def test_a_body_that_fails_leaves_the_old_file(tmp_path: Path, error: BaseException) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"one")

    def half() -> None:
        with replacing(path) as temporary:
            temporary.write_bytes(b"half")
            raise error

    with pytest.raises(type(error)) as caught:
        half()
    assert caught.value is error
    assert path.read_bytes() == b"one"
    assert os.listdir(tmp_path) == ["file"]


def test_the_machine_s_reason_is_told_in_its_own_words(tmp_path: Path) -> None:
    """Whatever a library makes of it."""
    with pytest.raises(InputError) as caught, replacing(tmp_path / "file"):
        raise OSError(28, "unable to extend dataset (addr = 0x1234)")
    assert str(caught.value) == f"{tmp_path}/file: cannot be written (No space left on device)"
    assert os.listdir(tmp_path) == []


def test_what_was_kept_is_not_made_again(tmp_path: Path) -> None:
    path = tmp_path / "there" / "kept.json"
    made: list[int] = []

    def make() -> dict[str, Any]:
        made.append(len(made))
        return {"found": len(made)}

    assert [kept_json(path, mark, make) for mark in ((1, "a"), [1, "a"], [2, "a"])] == [
        {"found": 1}, {"found": 1}, {"found": 2},
    ]  # fmt: skip
    for damaged in (b"", b"{", b"[1]", b"{}", b"\xff", b'{"of": [1, "a"]}'):
        path.write_bytes(damaged)
        assert kept_json(path, [2, "a"], make) == {"found": len(made)}
    assert len(made) == 8
