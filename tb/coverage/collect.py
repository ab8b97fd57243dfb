# SPDX-License-Identifier: Apache-2.0
"""Collects the counts of simulations, and keeps them in a folder."""

import gzip
import json
from collections import Counter
from pathlib import Path
from threading import Lock

from support.errors import InputError
from support.files import make_folder, write_atomic
from tb.coverage.points import Counts, counted
from tb.coverage.verilog import prepared


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

    def drained(self) -> Counts:
        """What was added since the last time."""
        with self._lock:
            found, self.total = self.total, Counter()
        return found


def keep(folder: Path, name: str, total: Counts) -> None:
    """Add counts to a folder, in place of those that it has by that name."""
    write_atomic(make_folder(folder) / f"{name}.json.gz", gzip.compress(json.dumps(total).encode(), 1, mtime=0))


def clear(folder: Path) -> None:
    """Remove all counts from a folder."""
    for path in make_folder(folder).glob("*.json.gz"):
        path.unlink()


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
