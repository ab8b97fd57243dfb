# SPDX-License-Identifier: Apache-2.0
"""``pytest --coverage``: each module's counts are kept, a run that was stopped goes on, other sources begin anew."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from support.paths import ROOT
from tb.coverage.collect import keep, merged
from tb.coverage.plugin import begin, fingerprint, name_of

CONFTEST = """from pathlib import Path
from tb.coverage.plugin import CountedModules
def pytest_addoption(parser): parser.addoption("--coverage")
def pytest_configure(config):
    config.pluginmanager.register(CountedModules(config, Path(config.getoption("--coverage")).absolute()))
"""
TESTS = """import os
from tb.player import counts
def test_one(): counts.wanted().total["line|{name}|x"] += 1
def test_two(): assert not os.environ.get("BAD_{name}")
"""


def run(folder: Path, *options: str, **environment: str) -> tuple[int, str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST_")}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--coverage=counts", *options],
        cwd=folder, text=True, capture_output=True, check=False,
        env={**kept, "PYTHONPATH": str(ROOT), **environment},
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "conftest.py").write_text(CONFTEST)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    for name in ("a", "b"):
        (tmp_path / f"test_{name}.py").write_text(TESTS.format(name=name))
    return tmp_path


@pytest.mark.parametrize("workers", [(), ("-n", "2", "--dist", "loadfile")])
def test_a_run_that_was_stopped_goes_on(project: Path, workers: tuple[str, ...]) -> None:
    """A module with a failure is run again, its counts replaced; one that passed is not; what is done is no failure."""
    status, text = run(project, *workers, BAD_b="1")
    assert status == 1
    assert "3 passed" in text
    status, text = run(project, *workers)
    assert status == 0
    assert "2 passed" in text
    assert "has the counts of 1 modules of tests from before" in text
    status, text = run(project, *workers)
    assert status == 0, text
    assert "passed" not in text
    assert merged(project / "counts") == {"line|a|x": 1, "line|b|x": 1}


def test_a_part_of_a_module_is_not_the_module(project: Path) -> None:
    assert run(project, "-k", "one")[0] == 0
    status, text = run(project)
    assert status == 0
    assert "4 passed" in text


def test_counts_of_other_sources_go(tmp_path: Path) -> None:
    assert begin(tmp_path / "counts", "a") == set()
    keep(tmp_path / "counts", name_of(["x"]), {"line|a|x": 1})
    assert begin(tmp_path / "counts", "a") == {name_of(["x"])}
    assert begin(tmp_path / "counts", "b") == set()
    (tmp_path / "rtl").mkdir()
    (tmp_path / "rtl" / "a.py").write_text("a")
    before = fingerprint(tmp_path)
    (tmp_path / "rtl" / "a.py").write_text("b")
    assert fingerprint(tmp_path) != before
