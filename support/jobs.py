# SPDX-License-Identifier: Apache-2.0
"""Work side by side that ends cleanly when it fails or is interrupted."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from support.errors import InputError
from support.processes import cores


def job_count(jobs: int | None) -> int:
    """Jobs to run at a time: as asked for (at least 1), or one for each processor of this process, up to 8."""
    if jobs is None:
        return min(8, cores())
    if jobs < 1:
        raise InputError(f"jobs must be at least 1, not {jobs}")
    return jobs


@contextmanager
def threads(jobs: int) -> Iterator[ThreadPoolExecutor]:
    """A pool of threads, each of which waits for another program; a failure drops what has not begun."""
    pool = ThreadPoolExecutor(jobs)
    try:
        yield pool
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        raise
    pool.shutdown()
