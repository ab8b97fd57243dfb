# SPDX-License-Identifier: Apache-2.0
"""Who wants the counts of simulations: in the block ``counted`` every player is built to count, and hands them over."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

_wanted: "Counts | None" = None


class Counts(Protocol):
    """Takes what simulators have counted."""

    def prepare(self, verilog: str) -> str:
        """The Verilog of a component with what is to be counted besides lines and toggles."""

    def take(self, verilog: str, path: Path) -> None:
        """The counts of one run, in Verilator's format; ``verilog`` as ``prepare`` returned it."""


def wanted() -> "Counts | None":
    """Who wants the counts of the players that are built now."""
    return _wanted


@contextmanager
def counted(counts: Counts) -> Iterator[None]:
    """Players that are built in the block count, in all threads."""
    global _wanted  # noqa: PLW0603 - a context variable would not reach the threads of the benches
    before, _wanted = _wanted, counts
    try:
        yield
    finally:
        _wanted = before
