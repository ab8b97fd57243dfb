# SPDX-License-Identifier: Apache-2.0
"""The results of a sweep: one Parquet data set, a file of one row for each task, written whole or not at all."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from support.files import make_folder, replacing

Row = dict[str, Any]


def path_of(folder: Path, key: str) -> Path:
    """Where the row of a task is."""
    return folder / f"{key}.parquet"


def write_row(folder: Path, row: Mapping[str, Any]) -> None:
    """Keep a row under its ``key``, whole or not at all. Raises InputError if that fails."""
    plain = {
        name: json.dumps(value, sort_keys=True) if isinstance(value, list | tuple | dict) else value
        for name, value in row.items()
    }
    make_folder(folder)
    with replacing(path_of(folder, row["key"])) as temporary:
        pq.write_table(pa.Table.from_pylist([plain]), temporary)


def find_row(folder: Path, key: str) -> Row | None:
    """The row of a task; None if there is none, or a damaged one."""
    try:
        table = _read(path_of(folder, key))
    except (OSError, pa.ArrowException):
        return None
    rows: list[Row] = table.to_pylist()
    return rows[0] if len(rows) == 1 and rows[0].get("key") == key else None


def read_rows(folder: Path, keys: Iterable[str]) -> dict[str, Row]:
    """The rows of these tasks that there are, by key."""
    found = ((key, find_row(folder, key)) for key in keys)
    return {key: row for key, row in found if row is not None}


def read_table(folder: Path) -> pa.Table:
    """The whole data set as a table with the columns of all kinds of tasks; what a task has not is null."""
    tables = [_read(path) for path in sorted(folder.glob("[!.]*.parquet"))]
    return pa.concat_tables(tables, promote_options="permissive")


def _read(path: Path) -> pa.Table:
    # Neither as a path nor by read_table: both read it as a data set, with its siblings' schema, in threads of Arrow's.
    # These hold the bytes for a moment longer; one that lets go of them as the interpreter ends aborts the process.
    return pq.ParquetFile(pa.BufferReader(path.read_bytes()), pre_buffer=False).read(use_threads=False)
