# SPDX-License-Identifier: Apache-2.0
"""Every task of a sweep to its end: what is there is taken, what fails is tried again, then said."""

from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError
from dataclasses import dataclass
from pathlib import Path

from distributed import Client, Future, as_completed
from distributed.comm import CommClosedError
from distributed.scheduler import KilledWorker

from flow.sweep.kinds import DONE, ENDINGS, FAILED, REFUSED
from flow.sweep.rows import Row, read_rows, write_row
from flow.sweep.task import Task
from flow.sweep.worker import execute, head


class SchedulerLost(Exception):
    """The scheduler is gone and took the tasks along; those that are done have their rows."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of a sweep."""

    tasks: Sequence[Task]
    rows: dict[str, Row]
    """By key, one for each task."""
    kept: int
    """Tasks whose row was there before."""

    def of(self, status: str) -> list[Row]:
        """The rows that ended so, in the order of the tasks."""
        return [self.rows[task.key] for task in self.tasks if self.rows[task.key]["status"] == status]

    @property
    def counts(self) -> dict[str, int]:
        """Tasks by how they ended."""
        return {status: len(self.of(status)) for status in (DONE, REFUSED, FAILED)}


def unfinished(tasks: Sequence[Task], folder: Path) -> list[Task]:
    """The tasks whose result is not in the data set of the sweep's folder."""
    rows = read_rows(folder / "rows", (task.key for task in tasks))
    return [task for task in tasks if task.key not in rows or rows[task.key]["status"] not in ENDINGS]


def run(tasks: Sequence[Task], folder: Path, client: Client | None,
        progress: Callable[[Row], None] = lambda _: None) -> Outcome:  # fmt: skip
    """Do what is not done yet; ``progress`` is called with each new row. No ``client`` is needed if all is there.

    A task that fails is tried ``limits.retries`` times again; then its row says why, and the others go on. Rows lie in
    ``folder``/rows, on a file system that all workers share. Stopped at any time, it goes on where it was. Raises
    SchedulerLost if the scheduler ends.
    """
    left = unfinished(tasks, folder)
    if left:
        assert client is not None
        _run(left, folder, client, progress)
    rows = read_rows(folder / "rows", (task.key for task in tasks))
    return Outcome(tasks=tasks, rows=rows, kept=len(tasks) - len(left))


def _run(left: Sequence[Task], folder: Path, client: Client, progress: Callable[[Row], None]) -> None:
    open_: dict[str, tuple[Task, int]] = {}

    def submit(task: Task, attempt: int) -> Future:
        future = client.submit(execute, task, str(folder.resolve()), attempt, key=f"{task.key}-{attempt}", pure=False)
        open_[str(future.key)] = task, attempt
        return future

    done = as_completed([submit(task, 1) for task in left])
    try:
        for future in done:
            task, attempt = open_.pop(str(future.key))
            row = _row(future, task, attempt)
            if row["status"] == FAILED and attempt <= task.limits.retries:
                done.add(submit(task, attempt + 1))
                continue
            if row["status"] == FAILED:
                write_row(folder / "rows", row)
            progress(row)
    finally:
        if client.status == "running":
            client.cancel([Future(key, client) for key in open_])


def _row(future: Future, task: Task, attempt: int) -> Row:
    """The row of an attempt that is over, whatever ended it."""
    try:
        error = future.exception()
        if error is None:
            row: Row = future.result()
            return row
    except (CancelledError, CommClosedError):
        raise SchedulerLost from None
    if isinstance(error, CancelledError):
        raise SchedulerLost
    why = "its workers were killed" if isinstance(error, KilledWorker) else f"{type(error).__name__}: {error}"
    return {**head(task, attempt), "status": FAILED, "error": why}
