"""What all tests share: whether those that need ../shared run, and that a run says so when they do not.

The folder beside the checkout holds reference data that are not part of the project. Without it the tests marked
``shared`` are left out, which the header and the summary say; with CHRONAXIE_REQUIRE_SHARED=1 that is an error.
"""

import os
from pathlib import Path

import pytest

SHARED = Path(__file__).parents[1].parent / "shared"
REQUIRE = "CHRONAXIE_REQUIRE_SHARED"
LEFT_OUT = pytest.StashKey[int]()


def pytest_configure(config: pytest.Config) -> None:
    """Refuse to run without the reference data where they are required."""
    if os.environ.get(REQUIRE, "0") not in ("", "0") and not SHARED.is_dir():
        raise pytest.UsageError(f"{REQUIRE} is set, but there is no folder {SHARED}")


def pytest_report_header(config: pytest.Config) -> str:
    """Say whether the reference data are there."""
    return (
        f"reference data: {SHARED}" if SHARED.is_dir() else f"reference data: none, no tests marked shared ({SHARED})"
    )


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the tests that need the reference data where there are none."""
    if SHARED.is_dir():
        return
    kept = [item for item in items if item.get_closest_marker("shared") is None]
    left_out = [item for item in items if item.get_closest_marker("shared") is not None]
    config.stash[LEFT_OUT] = len(left_out)
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = kept


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say that tests were left out, and why."""
    # Workers of pytest-xdist collect for themselves; the controller knows only that the folder is missing.
    if not SHARED.is_dir():
        count = config.stash.get(LEFT_OUT, None)
        terminalreporter.write_line(
            f"LEFT OUT: {'the' if count is None else count} tests marked shared, for there is no folder {SHARED}"
        )
