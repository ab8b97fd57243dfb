# SPDX-License-Identifier: Apache-2.0
"""Matrix products on one core.

The products of a time loop are small and many. Spread over threads, each waits for the slowest thread, and on a
machine that does something else as well that costs more than ten times what the second core gains.
"""

import ctypes
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import numpy as np


@contextmanager
def one_thread() -> Iterator[None]:
    """Let numpy's matrix products run in one thread; of a numpy that is not built on OpenBLAS, nothing changes."""
    controls = _controls()
    before = [get() for get, _ in controls]
    for _, put in controls:
        put(1)
    try:
        yield
    finally:
        for (_, put), count in zip(controls, before, strict=True):
            put(count)


@cache
def _controls() -> list[tuple[Callable[[], int], Callable[[int], None]]]:
    """Getter and setter of the number of threads of each OpenBLAS that comes with numpy's wheel."""
    package = Path(np.__file__).parent
    found = []
    for path in sorted([*(package.parent / "numpy.libs").glob("*openblas*"), *package.glob(".dylibs/*openblas*")]):
        try:
            library = ctypes.CDLL(str(path))
        except OSError:
            continue
        for prefix in ("scipy_", ""):
            for suffix in ("64_", ""):
                get = getattr(library, f"{prefix}openblas_get_num_threads{suffix}", None)
                put = getattr(library, f"{prefix}openblas_set_num_threads{suffix}", None)
                if get and put:
                    get.restype, put.argtypes, put.restype = ctypes.c_int, [ctypes.c_int], None
                    found.append((get, put))
    return found
