# SPDX-License-Identifier: Apache-2.0
"""Collects the counts of all simulations of a process, and keeps them in a folder, a file a process."""

import gzip
import json
import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

from support.errors import InputError
from support.files import make_folder, write_atomic
from tb.coverage.points import Counts, counted
from tb.coverage.verilog import prepared
from tb.player import counts


class Collector:
    """Adds up the counts of runs by point; may be used by several threads."""

    def __init__(self) -> None:
        self.total: Counter[str] = Counter()
        self._lock = Lock()

    def prepare(self, verilog: str) -> str:
        """The Verilog with its corners."""
        return prepared(verilog)

    def take(self, verilog: str, path: Path) -> None:
        """Add the counts of a run; a point that was not met is known from then on."""
        found = counted(verilog, path)
        with self._lock:
            for point, count in found.items():
                self.total[point] += count


@contextmanager
def collecting(folder: Path) -> Iterator[Collector]:
    """All players that are built in the block count; at its end the counts are added to the folder."""
    collector = Collector()
    with counts.counted(collector):
        yield collector
    if collector.total:
        make_folder(folder)
        write_atomic(folder / f"{os.getpid()}-{os.urandom(4).hex()}.json.gz", _packed(collector.total))


def _packed(total: Counts) -> bytes:
    return gzip.compress(json.dumps(total).encode(), 1, mtime=0)


def merged(folder: Path) -> Counts:
    """The counts of all processes. Raises InputError for a folder without any, and for a file that is damaged."""
    total: Counter[str] = Counter()
    paths = sorted(folder.glob("*.json.gz"))
    if not paths:
        raise InputError(f"{folder}: no counts of simulations; expected what `make coverage` leaves there")
    for path in paths:
        try:
            for point, count in json.loads(gzip.decompress(path.read_bytes())).items():
                total[point] += int(count)
        except (OSError, EOFError, ValueError, TypeError, AttributeError):
            raise InputError(f"{path}: damaged; remove it, or run `make coverage` again") from None
    return total
