# SPDX-License-Identifier: Apache-2.0
"""What all tests share: which of them run here, and that a run says so when some do not.

- ``shared``: the folder ../shared holds reference data that are not part of the project.
- ``cocotb``: the simulator loads this Python's shared library, which Debian's python3 has in a package of its own; the
  same benches run without it, on the same harness.

Tests marked so are left out where that is missing, which the summary says; with CHRONAXIE_REQUIRE_ALL=1 that is an
error. With ``--fast`` the functions that tests/slow.txt lists are left out as well (tests/durations.py).
"""

import os
from pathlib import Path

import pytest

from flow.synthesis.tools import KEEP
from support.folder_cache import BUILD_ROOT
from tb.coverage.plugin import CountedModules
from tb.player.runner import shared_libpython

SHARED = Path(__file__).parents[1].parent / "shared"
REQUIRE = "CHRONAXIE_REQUIRE_ALL"


def missing() -> dict[str, str]:
    """Marks of tests that cannot run here, and why."""
    found = {}
    if not SHARED.is_dir():
        found["shared"] = f"there is no folder {SHARED}"
    if shared_libpython() is None:
        found["cocotb"] = "this Python has no shared library (Debian: install libpython3-dev)"
    return found


def slow() -> set[str]:
    """The functions that ``--fast`` leaves out, as ``tests/a/test_b.py::test_c``."""
    return set((Path(__file__).with_name("slow.txt")).read_text().split())


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--fast``."""
    parser.addoption("--coverage", metavar="FOLDER", help="have simulators count, and keep the counts (make coverage)")
    parser.addoption("--fast", action="store_true", help="leave out the tests that take longest (tests/slow.txt)")


def pytest_configure(config: pytest.Config) -> None:
    """Refuse to run where every test is required and some cannot run."""
    if os.environ.get(REQUIRE, "0") not in ("", "0") and (why := missing()):
        raise pytest.UsageError(f"{REQUIRE} is set, but {'; '.join(why.values())}")
    # Yosys and nextpnr are asked for the same small designs in each run: what they make is kept, by children too.
    os.environ.setdefault(KEEP, str(BUILD_ROOT))
    folder = config.getoption("--coverage")
    if folder:
        config.pluginmanager.register(CountedModules(config, Path(folder).absolute()))


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the tests that cannot run here."""
    listed = slow() if config.getoption("--fast") else set()
    left_out = [
        item
        for item in items
        if any(item.get_closest_marker(mark) for mark in missing()) or item.nodeid.split("[")[0] in listed
    ]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say which tests were left out, and why."""
    for mark, why in missing().items():
        terminalreporter.write_line(f"LEFT OUT: the tests marked {mark}, for {why}")
    if terminalreporter.config.getoption("--fast"):
        terminalreporter.write_line("LEFT OUT: the tests that take longest (tests/slow.txt); `make test` runs all")
