# SPDX-License-Identifier: Apache-2.0
"""The cache of builds."""

import errno
import multiprocessing
import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from support.folder_cache import cached_folder, digest
from tb.errors import BuildError


def slow_make(folder: Path) -> None:
    (folder / "result").write_text("done")
    with (folder.parent / "made").open("a") as file:
        file.write("x")


def build_once(root: Path) -> str:
    return (cached_folder("thing", slow_make, root=root) / "result").read_text()


def test_parallel_processes_share_one_build(tmp_path: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(3) as pool:
        assert pool.map(build_once, 6 * [tmp_path], chunksize=1) == 6 * ["done"]
    assert (tmp_path / "made").read_text() == "x"


def test_a_failed_build_leaves_nothing(tmp_path: Path) -> None:
    def fail(folder: Path) -> None:
        (folder / "half").write_text("")
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        cached_folder("thing", fail, root=tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["locks"]
    assert build_once(tmp_path) == "done"


@pytest.mark.parametrize(("left", "said"), [(0, "results end early"), (1 << 40, "ld: out.o: No space left on device")])
def test_a_full_disk_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, left: int, said: str) -> None:
    """Whatever the program that wrote there made of it."""

    def fail(folder: Path) -> None:
        raise BuildError(said)

    monkeypatch.setattr(os, "statvfs", lambda _: SimpleNamespace(f_bavail=left, f_frsize=1))
    with pytest.raises(OSError, match="No space left on device") as error:
        cached_folder("thing", fail, root=tmp_path)
    assert (error.value.errno, error.value.filename) == (errno.ENOSPC, str(tmp_path))


def test_another_failure_is_what_it_is(tmp_path: Path) -> None:
    def fail(folder: Path) -> None:
        raise BuildError("no such option")

    with pytest.raises(BuildError, match="no such option"):
        cached_folder("thing", fail, root=tmp_path)


def test_what_a_killed_process_left_is_removed(tmp_path: Path) -> None:
    for name in (".thing-abcd1234", ".other-abcd1234"):
        (tmp_path / name).mkdir()
    assert build_once(tmp_path) == "done"
    assert sorted(path.name for path in tmp_path.iterdir()) == [".other-abcd1234", "locks", "made", "thing"]


def test_digest_keeps_parts_apart() -> None:
    assert digest("ab", "c") != digest("a", "bc")
    assert digest("ab", b"c") == digest("ab", "c")
