# SPDX-License-Identifier: Apache-2.0
"""Rows of a sweep: kept whole, read together whatever columns they have."""

import subprocess
import sys
from pathlib import Path

import pyarrow.dataset as ds

from flow.sweep.rows import find_row, path_of, read_rows, read_table, write_row

ONE = {"key": "a", "status": "done", "cycles": 3, "unit": "ring", "fmax": None}
TWO = {"key": "b", "status": "failed", "error": "no luck", "fmax": 1.5, "cycles": 2.5, "sizes": [1, 2]}


def test_a_row(tmp_path: Path) -> None:
    write_row(tmp_path / "rows", ONE)
    assert find_row(tmp_path / "rows", "a") == ONE
    assert find_row(tmp_path / "rows", "b") is None
    assert [path.name for path in (tmp_path / "rows").iterdir()] == ["a.parquet"]


WATCH = """
import os, sys
from pathlib import Path
from flow.sweep.rows import find_row, read_table, write_row
tasks = lambda: set(os.listdir("/proc/self/task"))
before, folder = tasks(), Path(sys.argv[1])
write_row(folder, {"key": "a", "status": "done", "cycles": 3})
assert find_row(folder, "a")
assert read_table(folder).num_rows == 1
sys.exit(f"{len(tasks() - before)} threads more" if tasks() - before else 0)
"""


def test_rows_start_no_thread(tmp_path: Path) -> None:
    """A thread of Arrow's that lets go of a row's bytes as the interpreter ends aborts the process: SIGABRT."""
    done = subprocess.run([sys.executable, "-c", WATCH, str(tmp_path)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_damaged_row_is_none(tmp_path: Path) -> None:
    write_row(tmp_path, ONE)
    path = path_of(tmp_path, "a")
    path.write_bytes(path.read_bytes()[:-10])
    assert find_row(tmp_path, "a") is None
    path.write_bytes(b"")
    assert find_row(tmp_path, "a") is None
    write_row(tmp_path, TWO)
    path_of(tmp_path, "b").rename(path)
    assert find_row(tmp_path, "a") is None, "the row of another task"


def test_read_together(tmp_path: Path) -> None:
    for row in (ONE, TWO):
        write_row(tmp_path, row)
    (tmp_path / ".c.parquet.x.part").write_bytes(b"left by a process that was killed")
    assert read_rows(tmp_path, ["a", "c"]) == {"a": ONE}
    table = read_table(tmp_path)
    assert table.num_rows == 2
    rows = {row["key"]: row for row in table.to_pylist()}
    assert rows["a"]["fmax"] is None
    assert (rows["b"]["fmax"], rows["b"]["unit"], rows["b"]["sizes"]) == (1.5, None, "[1, 2]")
    assert ds.dataset(tmp_path, schema=table.schema).to_table().num_rows == 2
