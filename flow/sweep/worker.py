# SPDX-License-Identifier: Apache-2.0
"""One attempt at a task, as a Dask worker makes it: in a process of its own, which may crash, hang or eat memory.

The row is written here, under a lock: a task whose row is there is not run again, whoever asks for it, and never runs
twice at a time.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

import psutil

from flow.sweep.kinds import DONE, ENDINGS, FAILED
from flow.sweep.rows import Row, find_row, write_row
from flow.sweep.task import Task, check_here
from flow.version import version_line
from support.errors import InputError
from support.files import make_folder
from support.folder_cache import locked
from support.paths import ROOT

POLL = 0.25
"""Seconds between two looks at the memory of a task."""
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS")
"""One thread a task, unless the environment says otherwise: tasks run side by side."""
TAIL = 400
"""Characters of a log that go into a row."""


def execute(task: Task, folder: str, attempt: int) -> Row:
    """The row of a task: as it is kept, or made now. ``folder``: of the sweep; ``attempt``: from 1.

    A row that says ``failed`` is not kept: whoever asked decides whether to try again.
    """
    root = Path(folder)
    with locked(root / "locks" / f"{task.key}.lock"):
        known = find_row(root / "rows", task.key)
        if known is not None and known["status"] in ENDINGS:
            return known
        row = _attempt(task, root, attempt)
        if row["status"] in ENDINGS:
            write_row(root / "rows", row)
        return row


def head(task: Task, attempt: int) -> Row:
    """What every row begins with: the task, and who made it."""
    flat: Row = {}
    for name, value in task.options.items():
        if isinstance(value, dict):
            flat |= {f"{name}.{inner}": each for inner, each in value.items()}
        else:
            flat[name] = value
    return {"key": task.key, "kind": task.kind, "attempt": attempt, "host": socket.gethostname(),
            "version": version_line(), **flat}  # fmt: skip


def _attempt(task: Task, root: Path, attempt: int) -> Row:
    row = {**head(task, attempt), "started": time.time()}
    log = make_folder(root / "logs") / f"{task.key}.log"
    start = time.monotonic()
    try:
        check_here(task)
    except InputError as error:
        # Of this worker, not of the task: another one may do it.
        return {**row, "status": FAILED, "error": str(error), "seconds": 0.0, "peak_mb": 0.0}
    result = root / "work" / f"{task.key}.json"
    make_folder(result.parent)
    result.unlink(missing_ok=True)
    with log.open("wb") as output, _started(task, result, root, output) as process:
        peak, wrong = _watched(process, task, start)
    status = process.returncode
    seconds = time.monotonic() - start
    found = _found(result, wrong, status, log)
    if found["status"] != FAILED:
        log.unlink(missing_ok=True)
    figures = found.pop("figures", {})
    return {**row, **found, "seconds": seconds, "peak_mb": peak, **figures}


@contextmanager
def _started(task: Task, result: Path, root: Path, output: IO[bytes]) -> Iterator[subprocess.Popen[bytes]]:
    """The process of a task, which ends with the block, with all that it started, and with this process."""
    command = [sys.executable, "-m", "flow.sweep.child", str(result), str(root / "work" / task.key)]
    environment = {**dict.fromkeys(THREADS, "1"), **os.environ, "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=output,
                               stderr=subprocess.STDOUT, start_new_session=True)  # fmt: skip
    assert process.stdin is not None
    try:
        with process.stdin:
            with suppress(BrokenPipeError):  # it has ended already; its status says how
                process.stdin.write(json.dumps({"kind": task.kind, "options": task.options}).encode() + b"\n")
                process.stdin.flush()
            yield process
    finally:
        _kill(process)
        process.wait()


def _watched(process: "subprocess.Popen[bytes]", task: Task, start: float) -> tuple[float, str | None]:
    """Wait for the process; its most memory in MB, and the limit that it broke."""
    peak = 0.0
    while True:
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=POLL)
            return peak, None
        peak = max(peak, _resident(process.pid))
        if peak > task.limits.memory_mb:
            return peak, f"took {peak:,.0f} MB of memory, limits.memory_mb is {task.limits.memory_mb:,}"
        if time.monotonic() - start > task.limits.seconds:
            return peak, f"not over after {task.limits.seconds:g} s, which is limits.seconds"


def _resident(pid: int) -> float:
    """Memory in MB of a process and all that it started."""
    total = 0
    try:
        process = psutil.Process(pid)
        for each in (process, *process.children(recursive=True)):
            try:
                total += each.memory_info().rss
            except psutil.Error:
                continue
    except psutil.Error:
        pass
    return total / 1e6


def _kill(process: "subprocess.Popen[bytes]") -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def _found(result: Path, wrong: str | None, status: int, log: Path) -> dict[str, Any]:
    """What came of an attempt."""
    if wrong is not None:
        return {"status": FAILED, "error": wrong}
    try:
        found: dict[str, Any] = json.loads(result.read_bytes())
        result.unlink()
    except (OSError, ValueError):
        how = f"killed by {signal.Signals(-status).name}" if status < 0 else f"exit status {status}"
        said = log.read_text(errors="replace").strip()[-TAIL:]
        return {"status": FAILED, "error": f"crashed, {how}" + (f": {said}" if said else "")}
    if found["status"] == DONE:
        found["error"] = None
    return found
