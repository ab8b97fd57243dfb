"""The cache of builds."""

import multiprocessing
from pathlib import Path

import pytest

from support.folder_cache import cached_folder, digest


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


def test_digest_keeps_parts_apart() -> None:
    assert digest("ab", "c") != digest("a", "bc")
    assert digest("ab", b"c") == digest("ab", "c")
