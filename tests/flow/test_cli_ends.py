# SPDX-License-Identifier: Apache-2.0
"""How the command line ends when it is interrupted, terminated, or refused by the machine."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from flow import cli
from flow.cli import run
from support.paths import ROOT

INTERRUPTED = """
import signal, sys, time
from flow.cli import run
from flow.run import evaluate

# A shell's background job is started with Ctrl-C ignored.
signal.signal(signal.SIGINT, signal.default_int_handler)

def wait(*_):
    print("on", flush=True)
    time.sleep(60)

evaluate.load_samples = wait
sys.exit(run(["golden", "--image", "small.chx"]))
"""


def test_interrupt(folder: Path) -> None:
    """Ctrl-C ends the command with status 130 and no traceback."""
    process = subprocess.Popen(
        [sys.executable, "-c", INTERRUPTED],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "on\n"
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert errors == ""


TERMINATED = """
import sys, time
from pathlib import Path
from flow import cli
from support.folder_cache import cached_folder
from support.processes import finished

ROOT = Path(sys.argv[1])

def make(folder):
    print("on", flush=True)
    time.sleep(600)

def build(number):
    cached_folder(f"thing{number}", make, root=ROOT)

if __name__ == "__main__":
    cli.app = lambda **_: list(finished(build, range(int(sys.argv[2])), 2))
    cli.main()
"""


@pytest.mark.parametrize("jobs", [1, 2])
def test_terminated(tmp_path: Path, jobs: int) -> None:
    """As by `kill`, `timeout` or the end of a container: everything is removed, no traceback, the usual status."""
    (tmp_path / "script.py").write_text(TERMINATED)
    work = tmp_path / "work"
    with subprocess.Popen(
        [sys.executable, tmp_path / "script.py", work, str(jobs)], env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        for _ in range(jobs):
            assert process.stdout.readline() == "on\n"
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=300)
    assert (process.returncode, errors) == (143, "")
    assert [path.name for path in work.iterdir()] == ["locks"]


@pytest.mark.parametrize("arguments", ["--help", "image info small.chx"])
def test_output_that_nobody_takes(folder: Path, arguments: str) -> None:
    """A pipe whose reader has gone is no failure to speak of; a full device is, in one line."""
    command = [sys.executable, "-m", "flow.cli", *arguments.split()]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    reader, writer = os.pipe()
    os.close(reader)
    child = subprocess.run(command, env=environment, stdout=writer, stderr=subprocess.PIPE, text=True, check=False)
    os.close(writer)
    assert (child.returncode, child.stderr) == (1, "")
    with open("/dev/full", "w") as full:
        child = subprocess.run(command, env=environment, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert (child.returncode, child.stderr) == (1, "error: output: disk full\n")


def test_what_the_machine_refuses_is_one_line(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def refuse(*_: object, **__: object) -> None:
        Path("nowhere/at/all").mkdir()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cli, "app", refuse)
        assert run([]) == 1
    assert capsys.readouterr().err == "error: nowhere/at/all: No such file or directory\n"
