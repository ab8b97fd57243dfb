# SPDX-License-Identifier: Apache-2.0
"""Work in several processes: all of it, once, and no process is left whatever happens."""

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from support.paths import ROOT
from support.processes import cores, finished


def place(item: int) -> tuple[int, int]:
    return item * item, os.getpid()


def fail(item: int) -> int:
    if item == 1:
        raise ValueError("one")
    return item


def test_cores_are_those_that_may_be_used() -> None:
    allowed = os.sched_getaffinity(0)
    assert cores() == len(allowed)
    os.sched_setaffinity(0, {min(allowed)})
    try:
        assert cores() == 1
    finally:
        os.sched_setaffinity(0, allowed)


@pytest.mark.parametrize("jobs", [1, 2])
def test_everything_once(jobs: int) -> None:
    seen = list(finished(place, range(6), jobs))
    assert sorted((item, square) for item, (square, _) in seen) == [(item, item * item) for item in range(6)]
    processes = {process for _, (_, process) in seen}
    assert (processes == {os.getpid()}) == (jobs == 1)
    assert len(processes) <= jobs


def test_one_thing_needs_no_process() -> None:
    assert [process for _, (_, process) in finished(place, [3], 8)] == [os.getpid()]


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_failure_comes_through(jobs: int) -> None:
    with pytest.raises(ValueError, match="one"):
        list(finished(fail, range(4), jobs))


def leave(path: Path) -> None:
    path.touch()
    time.sleep(0.05)


def test_what_has_not_begun_is_dropped(tmp_path: Path) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    # While the processes start, as Ctrl-C may come.
    before = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, 0.1)
    try:
        with pytest.raises(KeyboardInterrupt):
            list(finished(leave, [tmp_path / str(k) for k in range(100)], 2))
    finally:
        signal.signal(signal.SIGALRM, before)
    assert not multiprocessing.active_children()
    # What was under way, and what a pool hands out before it is asked for.
    assert len(list(tmp_path.iterdir())) < 20


def fail_or_work(path: Path) -> None:
    if path.name == "fail":
        while not path.with_name("begun").exists():
            time.sleep(0.01)
        raise ValueError("one")
    path.touch()
    try:
        time.sleep(600)
    finally:
        path.with_name("cleaned").touch()


def test_what_is_under_way_is_stopped_and_cleans_up(tmp_path: Path) -> None:
    begun = time.monotonic()
    with pytest.raises(ValueError, match="one"):
        list(finished(fail_or_work, [tmp_path / "begun", tmp_path / "fail"], 2))
    assert time.monotonic() - begun < 300
    assert (tmp_path / "cleaned").exists()
    assert not multiprocessing.active_children()


def test_processes_that_begin_say_nothing_of_ctrl_c(tmp_path: Path) -> None:
    """It reaches all processes of a terminal, those that still import what they need, too."""
    code = (
        "import signal, sys, time\n"
        # A suite that was started in the background has it ignored, and so have its children.
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "from support.processes import finished\n"
        "from tests.support.test_processes import place\n"
        "if __name__ == '__main__':\n"
        "    try:\n"
        "        list(finished(place, range(9), 2))\n"
        "    except KeyboardInterrupt:\n"
        "        sys.exit(130)\n"
        "print(flush=True)\n"
        "time.sleep(2)\n"
    )
    script = tmp_path / "parent.py"
    script.write_text(code)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    streams: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen([sys.executable, script], env=environment, start_new_session=True, **streams) as parent:
        assert parent.stdout is not None
        assert parent.stderr is not None
        for _ in range(2):
            parent.stdout.readline()
        os.killpg(parent.pid, signal.SIGINT)
        assert parent.stderr.read() == b""
        assert parent.wait() == 130


def alive(process: int) -> bool:
    try:
        # A process that has ended, but that nobody has asked about, is a zombie.
        return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_nobody_is_left_when_the_parent_is_killed(tmp_path: Path) -> None:
    """Neither one that works nor one that waits for work."""
    code = (
        "import time; from support.processes import finished; from tests.support.test_processes import place\n"
        "if __name__ == '__main__':\n"
        "    for _, (_, process) in finished(place, range(2), 2):\n"
        "        print(process, flush=True)\n"
        "        time.sleep(600)\n"
    )
    script = tmp_path / "parent.py"
    script.write_text(code)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen([sys.executable, script], env=environment, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        worker = int(parent.stdout.readline())
        children = [int(each) for each in Path(f"/proc/{parent.pid}/task/{parent.pid}/children").read_text().split()]
        assert worker in children
        parent.send_signal(signal.SIGKILL)
    end = time.monotonic() + 60
    while any(map(alive, children)):
        assert time.monotonic() < end, "processes are left"
        time.sleep(0.1)
