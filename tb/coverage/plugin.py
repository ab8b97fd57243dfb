# SPDX-License-Identifier: Apache-2.0
"""What pytest does with ``--coverage=FOLDER``: simulators count, and the counts of each module of tests are kept.

A run that was stopped goes on: a module whose tests have all passed is not run again as long as no source has changed.
"""

from collections import defaultdict
from collections.abc import Generator, Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from support.folder_cache import digest
from support.paths import ROOT
from tb.coverage.collect import Collector, clear, keep
from tb.player import counts

SOURCES = ("rtl", "model", "tb", "support", "flow/host", "tests/rtl", "tests/tb", "tests/model", "tests/flow/host")
"""Folders whose modules decide what is counted."""
MARK = "sources"
"""The file that says of which sources the counts in a folder are."""
DONE = "counted"
"""Key of what a worker of pytest-xdist is told."""


def fingerprint(root: Path = ROOT) -> str:
    """Of all sources."""
    paths = sorted(path for folder in SOURCES for path in (root / folder).rglob("*.py"))
    return digest(*(part for path in paths for part in (path.relative_to(root).as_posix(), path.read_bytes())))


def begin(folder: Path, sources: str) -> set[str]:
    """Names of the modules that are counted already; counts of other sources are removed."""
    mark = folder / MARK
    if not mark.is_file() or mark.read_text() != sources:
        clear(folder)
        mark.write_text(sources)
    return {path.name.removesuffix(".json.gz") for path in folder.glob("*.json.gz")}


def name_of(ids: Iterable[str]) -> str:
    """The name under which the counts of these tests are kept."""
    return digest(*sorted(ids))


class CountedModules:
    """The plugin of one process."""

    def __init__(self, config: pytest.Config, folder: Path) -> None:
        self.folder = folder
        told = getattr(config, "workerinput", None)
        self.done: set[str] = begin(folder, fingerprint()) if told is None else set(told[DONE])
        self._collector = Collector()
        self._open = ExitStack()
        self._open.enter_context(counts.counted(self._collector))
        self._modules: dict[Path, list[str]] = {}
        self._ran: dict[Path, set[str]] = defaultdict(set)
        self._failed: set[Path] = set()
        config.add_cleanup(self._open.close)

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """All workers leave out the same modules."""
        node.workerinput[DONE] = sorted(self.done)

    @pytest.hookimpl(wrapper=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> Generator[None]:
        """Leave out the modules that are counted."""
        yield
        found: dict[Path, list[str]] = defaultdict(list)
        for item in items:
            found[item.path].append(item.nodeid)
        self._modules = {path: ids for path, ids in found.items() if name_of(ids) not in self.done}
        out = [item for item in items if item.path not in self._modules]
        if out:
            config.hook.pytest_deselected(items=out)
            items[:] = [item for item in items if item.path in self._modules]

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Note what failed."""
        report = yield
        if report.failed:
            self._failed.add(item.path)
        return report

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item, nextitem: pytest.Item | None) -> Generator[None, Any, Any]:
        """Keep the counts once a module is over."""
        result = yield
        self._ran[item.path].add(item.nodeid)
        if nextitem is None or nextitem.path != item.path:
            self._keep(item.path)
        return result

    def _keep(self, path: Path) -> None:
        found = self._collector.drained()
        if path not in self._failed:
            # Of some tests of a module, where others run elsewhere, this is not the name of the whole.
            keep(self.folder, name_of(self._ran[path]), found)

    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """That nothing is left to run is no failure."""
        if exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED and self.done:
            session.exitstatus = pytest.ExitCode.OK

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Say what an earlier run has counted."""
        if self.done:
            terminalreporter.write_line(
                f"{self.folder} has the counts of {len(self.done)} modules of tests from before; they are not run again"
            )
