# SPDX-License-Identifier: Apache-2.0
"""One attempt at a task: what it returns, and that nothing it does harms whoever waits for it."""

import signal
import sys
import time
from pathlib import Path

import psutil
import pytest

from flow.sweep.rows import find_row
from flow.sweep.task import Task
from flow.sweep.worker import execute
from tests.flow.sweep.examples import call, tasks


def one(folder: Path, table: str, limits: str = "seconds = 60") -> Task:
    [task] = tasks(folder, table, limits=limits)
    return task


def test_a_result_is_kept(tmp_path: Path) -> None:
    log = tmp_path / "log"
    task = one(tmp_path, call("square", x=7, log=str(log)))
    row = execute(task, str(tmp_path), 1)
    assert (row["status"], row["square"], row["error"], row["options.x"]) == ("done", 49, None, 7)
    assert row["seconds"] > 0
    assert find_row(tmp_path / "rows", task.key) == row
    assert execute(task, str(tmp_path), 2) == row, "as it is kept"
    assert log.read_text().splitlines() == ["begin 7", "end 7"]
    assert not list((tmp_path / "logs").iterdir())


@pytest.mark.parametrize(
    ("table", "limits", "status", "error"),
    [
        (call("crash"), "", "failed", "crashed, killed by SIGABRT"),
        (call("leave", status=3), "", "failed", "crashed, exit status 3: about to leave"),
        (call("hang"), "seconds = 2", "failed", "not over after 2 s, which is limits.seconds"),
        (call("eat"), "memory_mb = 300", "failed", "MB of memory, limits.memory_mb is 300"),
        (call("fail"), "", "failed", "RuntimeError: no luck"),
        (call("odd"), "", "refused", "expected a number, text or None for each name"),
        (call("none"), "", "refused", "has no function none"),
    ],
)  # fmt: skip
def test_what_goes_wrong(tmp_path: Path, table: str, limits: str, status: str, error: str) -> None:
    task = one(tmp_path, table, limits or "seconds = 60")
    before = psutil.Process().children()
    row = execute(task, str(tmp_path), 1)
    assert row["status"] == status
    assert error in row["error"]
    assert (find_row(tmp_path / "rows", task.key) is None) is (status == "failed"), "a failure is not the last word"
    assert set(psutil.Process().children()) <= set(before)


WAITER = """
import sys
from pathlib import Path
from flow.sweep.worker import execute
from tests.flow.sweep.examples import tasks, call
[task] = tasks(Path(sys.argv[1]), call("hang"))
execute(task, sys.argv[1], 1)
"""


def test_a_task_ends_with_its_worker(tmp_path: Path) -> None:
    """Killed without a chance to clean up."""
    worker = psutil.Popen([sys.executable, "-c", WAITER, str(tmp_path)], start_new_session=True)
    try:
        limit = time.monotonic() + 120
        while not (children := worker.children(recursive=True)):
            assert time.monotonic() < limit
            assert worker.poll() is None
            time.sleep(0.05)
        time.sleep(0.2)
    finally:
        worker.send_signal(signal.SIGKILL)
        worker.wait(30)
    _, alive = psutil.wait_procs(children, timeout=60)
    assert alive == []
