# SPDX-License-Identifier: Apache-2.0
"""Work on many things in several processes, which end with the one that started them, whatever ends it."""

import multiprocessing
import os
import signal
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from multiprocessing import resource_tracker
from threading import Thread
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def cores() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0))


def finished(work: Callable[[Item], Result], items: Sequence[Item], jobs: int) -> Iterator[tuple[Item, Result]]:
    """Items with what ``work`` makes of them, as they are done, in ``jobs`` processes; in this one if there is one job.

    ``work`` and items are pickled if there are more. A failure, or an end of the iteration, drops what has not begun
    and stops the rest.
    """
    if jobs == 1 or len(items) < 2:
        for item in items:
            yield item, work(item)
        return
    # Fresh interpreters: a fork would copy the threads' locks of whatever the caller has loaded.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(jobs, len(items)), context, initializer=_begin) as pool:
        try:
            # A process starts as its first item is handed out.
            with interrupts_held():
                futures = {pool.submit(work, item): item for item in items}
            for future in as_completed(futures):
                yield futures[future], future.result()
        except BaseException:
            # What is under way is of no use any more; it ends as after SIGTERM, and cleans up.
            for process in multiprocessing.active_children():
                process.terminate()
            # With wait: leaving the block shuts down once more, which takes an order to cancel back if nobody saw it.
            pool.shutdown(wait=True, cancel_futures=True)
            raise


@contextmanager
def interrupts_held() -> Iterator[None]:
    """Ctrl-C comes after the block, and never to processes that start in it: they could only tell how far they got."""
    # The first process brings the tracker with it, whose start would let signals through again.
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _begin() -> None:
    # A word of a process is one line, as it is of the command line.
    warnings.formatwarning = lambda message, *_, **__: f"warning: {message}\n"
    # Ctrl-C reaches every process of the terminal; the parent decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _end)
    # A pool's process waits for work for ever when the parent was killed.
    Thread(target=_end_with_parent, daemon=True).start()


def _end(*_: object) -> None:
    # An exception rather than the end of the process, so that temporary files are removed.
    sys.exit(143)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
