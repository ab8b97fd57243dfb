# SPDX-License-Identifier: Apache-2.0
"""Whole sweeps on Dask: poisoned tasks do not stop the rest, killed workers lose nothing and double nothing."""

import random
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread
from typing import Any

import psutil
import pytest
from distributed import Client

from flow.sweep.cluster import workers
from flow.sweep.rows import read_table
from flow.sweep.run import run, unfinished
from support.errors import InputError
from tests.flow.sweep.examples import call, tasks


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    with workers(None, 2) as found:
        yield found


def test_poison(client: Client, tmp_path: Path) -> None:
    """What crashes, hangs or eats memory is tried again and then reported; one that works at last is done."""
    log = tmp_path / "flaky"
    wanted = tasks(
        tmp_path, call("crash"), call("hang"), call("eat"), call("fail"), call("odd"), call("flaky", log=str(log)),
        call("square", x=[1, 2, 3]), limits="seconds = 6\nmemory_mb = 300\nretries = 1",
    )  # fmt: skip
    seen: list[str] = []
    outcome = run(wanted, tmp_path, client, lambda row: seen.append(row["key"]))
    assert sorted(seen) == sorted(task.key for task in wanted)
    assert outcome.counts == {"done": 4, "refused": 1, "failed": 4}
    assert [row["attempt"] for row in outcome.of("failed")] == [2] * 4
    assert [row["options.x"] for row in outcome.of("done") if row["square"]] == [1, 2, 3]
    errors = [row["error"] for row in outcome.of("failed")]
    for error, part in zip(errors, ("SIGABRT", "not over after 6 s", "MB of memory", "no luck"), strict=True):
        assert part in error
    assert len(log.read_text().splitlines()) == 2
    # Once more: the failures are tried again, nothing else is.
    assert [task.line for task in unfinished(wanted, tmp_path)] == [
        f"call function=poison.py:{name}" for name in ("crash", "hang", "eat", "fail")
    ]


def test_it_goes_on_where_it_was(client: Client, tmp_path: Path) -> None:
    log = tmp_path / "log"
    first = tasks(tmp_path, call("square", x=[1, 2], log=str(log)))
    assert run(first, tmp_path, client).kept == 0
    both = tasks(tmp_path, call("square", x=[1, 2, 3], log=str(log)))
    outcome = run(both, tmp_path, client)
    assert outcome.kept == 2
    assert [outcome.rows[task.key]["square"] for task in both] == [1, 4, 9]
    assert Counter(log.read_text().split("\n")) == Counter(
        [*(f"{what} {x}" for x in (1, 2, 3) for what in ("begin", "end")), ""]
    )
    assert run(both, tmp_path, None).kept == 3, "without any worker"


def test_killed_workers(tmp_path: Path) -> None:
    """Worker processes killed at random times: each result is there, right, and once."""
    dice, log, stop = random.Random(5), tmp_path / "log", Event()
    killed: list[int] = []
    wanted = tasks(tmp_path, call("square", x=list(range(16)), log=str(log), seconds=0.3), limits="retries = 0")
    with workers(None, 2) as client:

        def kill() -> None:
            while len(killed) < 6 and not stop.wait(dice.uniform(0.2, 1.5)):
                found = _worker_processes(client)
                if found:
                    victim = dice.choice(found)
                    victim.kill()
                    killed.append(victim.pid)

        killer = Thread(target=kill)
        killer.start()
        try:
            outcome = run(wanted, tmp_path, client)
        finally:
            stop.set()
            killer.join()
    assert len(killed) >= 3
    assert outcome.counts == {"done": 16, "refused": 0, "failed": 0}
    assert [outcome.rows[task.key]["square"] for task in wanted] == [x * x for x in range(16)]
    table = read_table(tmp_path / "rows")
    assert sorted(table.column("options.x").to_pylist()) == list(range(16))
    # What a killed worker had under way was begun once more; what had a row was not.
    lines = Counter(log.read_text().splitlines())
    begun = sum(count for line, count in lines.items() if line.startswith("begin"))
    assert begun <= 16 + len(killed)
    assert all(lines[f"end {x}"] >= 1 for x in range(16))


def _worker_processes(client: Client) -> list[psutil.Process]:
    """The processes in which workers run: not those that watch over them."""
    found = []
    for nanny in client.cluster.workers.values():
        process: Any = nanny.process
        if process is not None and process.pid is not None:
            try:
                found.append(psutil.Process(process.pid))
            except psutil.Error:
                continue
    return found


def test_another_scheduler(client: Client, tmp_path: Path) -> None:
    address: str = client.scheduler.address
    with workers(address, 1) as other:
        outcome = run(tasks(tmp_path, call("square", x=5)), tmp_path, other)
    assert [row["square"] for row in outcome.of("done")] == [25]


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:1", "nonsense://x", "tcp://127.0.0.1"])
def test_no_scheduler(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flow.sweep.cluster.PATIENCE", 2)
    start = time.monotonic()
    with (
        pytest.raises(InputError, match=f"^--scheduler {address}: no Dask scheduler answers there"),
        workers(address, 1),
    ):
        pass
    assert time.monotonic() - start < 60
