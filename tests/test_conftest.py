# SPDX-License-Identifier: Apache-2.0
"""Tests that need the reference data are never left out without a word."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = """import pytest
@pytest.mark.shared
def test_one(): assert (__import__("pathlib").Path(__file__).parents[2] / "shared").is_dir()
@pytest.mark.shared
def test_two(): pass
def test_three(): pass
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A checkout of one file of tests, with this project's conftest."""
    tests = tmp_path / "checkout" / "tests"
    tests.mkdir(parents=True)
    shutil.copy(Path(__file__).parent / "conftest.py", tests)
    (tests / "test_it.py").write_text(TESTS)
    (tests.parent / "pytest.ini").write_text("[pytest]\ntestpaths = tests\nmarkers = shared: x\n")
    return tests.parent


def run(project: Path, *options: str, require: str = "0") -> tuple[int, str]:
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("PYTEST_", "COV_"))}
    result = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *options], cwd=project, text=True,
        env={**environment, "CHRONAXIE_REQUIRE_ALL": require}, capture_output=True, check=False,
    )  # fmt: skip
    return result.returncode, result.stdout + result.stderr


@pytest.mark.parametrize("workers", [(), ("-n", "2")])
def test_without_data(project: Path, workers: tuple[str, ...]) -> None:
    status, text = run(project, *workers)
    assert status == 0
    assert re.search(r"LEFT OUT: the tests marked shared, for there is no folder \S+/shared", text)
    assert re.search(r"\b1 passed", text)


def test_with_data(project: Path) -> None:
    (project.parent / "shared").mkdir()
    status, text = run(project)
    assert status == 0
    assert "3 passed" in text
    assert "marked shared" not in text


def test_required_data_are_missing(project: Path) -> None:
    status, text = run(project, require="1")
    assert status == pytest.ExitCode.USAGE_ERROR
    assert re.search(r"CHRONAXIE_REQUIRE_ALL is set, but there is no folder \S+/shared", text)
