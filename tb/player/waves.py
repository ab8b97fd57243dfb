# SPDX-License-Identifier: Apache-2.0
"""The file of a waveform: which format a machine can write, and how a simulator gets to write it."""

import gzip
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

from tb.player.runner import Waveform, can_write_fst

NO_FST = "compressed VCD: this machine has no libz.so.1 and liblz4.so.1 to write FST with"
"""Why a waveform is a ``.vcd.gz``."""
SUFFIXES = {"fst": ".fst", "vcd": ".vcd.gz"}
LEVEL = 1
"""Of compression: a VCD shrinks to a tenth or so, and the simulator need not wait."""


def waveform() -> Waveform:
    """The format that Verilator's simulators write on this machine: FST, or VCD (compressed on its way to the file)."""
    return "fst" if can_write_fst() else "vcd"


def waves_file(path: Path) -> Path:
    """``path`` with the suffix of the format that Verilator's simulators write on this machine in place of its own."""
    return path.with_suffix(SUFFIXES[waveform()])


@contextmanager
def written(path: Path) -> Iterator[tuple[str, tuple[int, ...]]]:
    """What a simulator has to open for a waveform to stand in ``path``, and the file descriptors it must inherit."""
    if path.suffix != ".gz":
        yield str(path), ()
        return
    read, write = os.pipe()
    thread = Thread(target=_compress, args=(read, path))
    thread.start()
    try:
        yield f"/dev/fd/{write}", (write,)
    finally:
        os.close(write)
        thread.join()


def _compress(read: int, path: Path) -> None:
    with os.fdopen(read, "rb") as source, gzip.open(path, "wb", compresslevel=LEVEL) as target:
        shutil.copyfileobj(source, target, 1 << 20)
