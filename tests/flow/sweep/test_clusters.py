# SPDX-License-Identifier: Apache-2.0
"""The set-ups of docs/sweep.md for Slurm, LSF and Kubernetes: what they ask for, and sweeps on workers started so."""

import builtins
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from types import ModuleType
from typing import Any

import dask
import pytest
from dask_jobqueue import JobQueueCluster
from dask_jobqueue.local import LocalCluster
from distributed import Client

from flow.cli import run
from flow.sweep.rows import read_table
from support.paths import ROOT
from tests.flow.sweep.examples import call, spec_file

BLOCK = re.compile(r"^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)
PATIENCE = 120


def block(word: str) -> str:
    """The block of the page that has a word."""
    (found,) = [each for each in BLOCK.findall((ROOT / "docs" / "sweep.md").read_text()) if word in each]
    return str(found)


def sweep_on(address: str, folder: Path) -> None:
    """Three tasks on the workers of a scheduler, by the command."""
    spec = spec_file(folder, call("square", x=[1, 2, 3]))
    assert run(["sweep", str(spec), "--scheduler", address, "--folder", str(folder)]) == 0
    assert sorted(read_table(folder / "rows").column("square").to_pylist()) == [1, 4, 9]


def job_script(word: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """What a block would hand to the batch system, less the address; it is not handed to one."""
    asked: list[int] = []
    monkeypatch.setattr(JobQueueCluster, "scale", lambda self, jobs: asked.append(jobs))
    monkeypatch.setattr(builtins, "input", lambda _: "")
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    system = word.removesuffix("Cluster").lower()
    with dask.config.set({f"jobqueue.{system}.interface": "lo"}):
        exec(block(word), names)
    with names["cluster"] as cluster:
        assert asked == [10]
        script = str(cluster.job_script()).replace(cluster.scheduler_address, "ADDRESS")
    return [" ".join(line.split()) for line in script.splitlines() if line.strip()]


WORKER = ("--nthreads 1", "--nworkers 16", "--nanny")


@pytest.mark.parametrize(
    ("word", "asks"),
    [
        ("SLURMCluster", {"#SBATCH -n 1", "#SBATCH --cpus-per-task=16", "#SBATCH --mem=68G", "#SBATCH -t 08:00:00",
                          "#SBATCH -e build/slurm/dask-worker-%J.err"}),
        ("LSFCluster", {"#BSUB -n 16", '#BSUB -R "span[hosts=1]"', "#BSUB -W 08:00", "#BSUB -q normal",
                        "#BSUB -M 72000000", "#BSUB -e build/lsf/dummy-name-%J.err"}),
    ],
)  # fmt: skip
def test_job_scripts(word: str, asks: set[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Processors, memory and time of a job, and one thread for each of its workers, by the environment's Python."""
    lines = job_script(word, monkeypatch, tmp_path)
    assert lines[0] == "#!/usr/bin/env bash"
    assert asks <= set(lines)
    assert lines[-1].startswith(".venv/bin/python -m distributed.cli.dask_worker ADDRESS ")
    for option in WORKER:
        assert f" {option} " in lines[-1]
    # Its workers have what limits.memory_mb lets a task take.
    memory = re.search(r"--memory-limit ([\d.]+)GiB", lines[-1])
    assert memory
    assert float(memory[1]) * 2**30 > 4096e6


def test_workers_of_a_job(tmp_path: Path) -> None:
    """Jobs as dask-jobqueue writes them, run by bash on this machine: a sweep to its end, by the address."""
    with LocalCluster(
        cores=2, processes=2, memory="2GB", interface="lo", python=sys.executable, log_directory=str(tmp_path / "logs"),
        local_directory=str(tmp_path / "scratch"),
    ) as cluster:  # fmt: skip
        cluster.scale(jobs=1)
        with Client(cluster) as client:
            client.wait_for_workers(2, timeout=PATIENCE)
            assert set(client.nthreads().values()) == {1}
        sweep_on(cluster.scheduler_address, tmp_path)


def make_cluster_spec(*, name: str, image: str, n_workers: int, worker_command: str) -> dict[str, Any]:
    """What dask-kubernetes 2026.3.0 makes of these arguments, as far as the commands go; a stand-in for it."""
    worker = [*worker_command.split(" "), "--name", "$(DASK_WORKER_NAME)", "--dashboard", "--dashboard-address", "8788"]
    parts = {"worker": worker, "scheduler": ["dask-scheduler", "--host", "0.0.0.0"]}
    spec = {part: {"spec": {"containers": [{"args": args, "image": image}]}} for part, args in parts.items()}
    return {"kind": "DaskCluster", "metadata": {"name": name}, "spec": spec | {"replicas": n_workers}}


def kubernetes(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The specification of the block."""
    made: list[Any] = []

    class Cluster:
        scheduler_address = ""

        def __init__(self, *, custom_cluster_spec: Any) -> None:
            made.append(custom_cluster_spec)

    stand_in = ModuleType("dask_kubernetes.operator")
    vars(stand_in).update(KubeCluster=Cluster, make_cluster_spec=make_cluster_spec)
    monkeypatch.setitem(sys.modules, "dask_kubernetes", ModuleType("dask_kubernetes"))
    monkeypatch.setitem(sys.modules, "dask_kubernetes.operator", stand_in)
    monkeypatch.setattr(builtins, "input", lambda _: "")
    exec(block("KubeCluster"), {})
    return dict(made[0]["spec"])


@contextmanager
def running(args: list[str], folder: Path, **environment: str) -> Iterator["subprocess.Popen[bytes]"]:
    """A container's command as a process of this machine, with what the operator adds to its environment."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    env = {**os.environ, "PATH": path, "DASK_TEMPORARY_DIRECTORY": str(folder), **environment}
    process = subprocess.Popen(args, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


def test_commands_of_pods(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, unused_port: int) -> None:
    """Scheduler and worker as the containers start them, less their ports: a sweep to its end."""
    spec = kubernetes(monkeypatch)
    containers = {part: spec[part]["spec"]["containers"][0] for part in ("scheduler", "worker")}
    for part, container in containers.items():
        mounted = {each["name"] for each in container["volumeMounts"]}
        assert mounted == {each["name"] for each in spec[part]["spec"]["volumes"]} == {"sweeps"}
    address = f"tcp://127.0.0.1:{unused_port}"
    here = {"0.0.0.0": "127.0.0.1", "$(DASK_WORKER_NAME)": "worker-0", "8788": "127.0.0.1:0"}
    scheduler, worker = ([here.get(each, each) for each in containers[part]["args"]] for part in containers)
    scheduler += ["--port", str(unused_port), "--dashboard-address", "127.0.0.1:0"]
    with running(scheduler, tmp_path), running(worker, tmp_path, DASK_SCHEDULER_ADDRESS=address):
        with Client(address, timeout=PATIENCE) as client:
            client.wait_for_workers(1, timeout=PATIENCE)
            assert client.nthreads().popitem()[1] == 1
        sweep_on(address, tmp_path)


def test_the_scheduler_ends(tmp_path: Path, unused_port: int, capfd: pytest.CaptureFixture[str]) -> None:
    """One line in place of a stack; what was done is kept."""
    address = f"tcp://127.0.0.1:{unused_port}"
    log = tmp_path / "log"
    spec = spec_file(tmp_path, call("square", x=[1, 2], seconds=2, log=str(log)))
    scheduler = ["dask", "scheduler", "--host", "127.0.0.1", "--port", str(unused_port), "--no-dashboard"]
    worker = ["dask", "worker", address, "--nthreads", "1", "--no-dashboard"]
    with (
        dask.config.set({"distributed.comm.timeouts.connect": "2s"}),
        running(worker, tmp_path),
        running(scheduler, tmp_path) as process,
    ):
        with Client(address, timeout=PATIENCE) as client:
            client.wait_for_workers(1, timeout=PATIENCE)

        def stop() -> None:
            while not list(tmp_path.glob("rows/*.parquet")):
                time.sleep(0.1)
            process.kill()

        stopper = Thread(target=stop, daemon=True)
        stopper.start()
        status = run(["sweep", str(spec), "--scheduler", address, "--folder", str(tmp_path)])
        stopper.join()
    assert status == 1
    assert capfd.readouterr().err == (
        f"error: {address}: the scheduler is gone; the same command goes on with what is left\n"
    )
    assert list(tmp_path.glob("rows/*.parquet"))


@pytest.fixture
def unused_port() -> int:
    """A port that nobody had a moment ago."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
