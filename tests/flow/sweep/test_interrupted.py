# SPDX-License-Identifier: Apache-2.0
"""Ctrl-C during a sweep: one status, no traceback of a worker, nothing left running, and it goes on where it was."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil

from support.paths import ROOT
from tests.flow.sweep.examples import call, spec_file


def test_ctrl_c(tmp_path: Path) -> None:
    log, gate = tmp_path / "log", tmp_path / "gate"
    spec_file(tmp_path, call("square", x=[1, 2], log=str(log), gate=str(gate)))
    command = [sys.executable, "-m", "flow.cli", "sweep", "spec.toml", "--jobs", "1", "--folder", "out"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(
        command,
        cwd=tmp_path,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    limit = time.monotonic() + 240
    while not list((tmp_path / "out" / "rows").glob("*.parquet")):
        assert time.monotonic() < limit
        assert process.poll() is None
        time.sleep(0.1)
    children = psutil.Process(process.pid).children(recursive=True)
    os.killpg(process.pid, signal.SIGINT)
    out, errors = process.communicate(timeout=120)
    assert (process.returncode, out, errors) == (130, "", "")
    _, alive = psutil.wait_procs(children, timeout=60)
    assert alive == []
    gate.touch()
    environment["PYTHONFAULTHANDLER"] = "1"
    again = subprocess.run(command, cwd=tmp_path, env=environment, check=False, capture_output=True, text=True)
    assert again.returncode == 0, again.stderr
    assert len(list((tmp_path / "out" / "rows").glob("*.parquet"))) == 2
    lines = log.read_text().splitlines()
    assert (lines.count("begin 1"), lines.count("end 1")) == (1, 1)
    assert "end 2" in lines
