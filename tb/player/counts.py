# SPDX-License-Identifier: Apache-2.0
"""Who wants the counts of simulations: in the block ``counted`` every player is built to count, and hands them over."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from amaranth.lib import wiring

from tb.player.runner import COVERAGE
from tb.player.verilog import to_verilog

COUNTED = "dut.v"
"""The file whose modules are counted."""

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


class Counting:
    """The counts of a simulation, whatever drives it, if somebody wants them; made once a simulator.

    ``on``: it has to be built to count (``tb.player.runner.Flavour.coverage``).
    """

    def __init__(self) -> None:
        self._counts = wanted()
        self._verilog = ""

    @property
    def on(self) -> bool:
        """Whether somebody wants the counts."""
        return self._counts is not None

    def verilog(self, component: wiring.Component, name: str) -> str:
        """The Verilog of what is simulated, module ``name``, for the file ``COUNTED``."""
        text = to_verilog(component, name, sources=self.on)
        self._verilog = self._counts.prepare(text) if self._counts else text
        return self._verilog

    def take(self, folder: Path) -> None:
        """Hand over what a simulator that has ended left in its folder; nothing of one that failed."""
        if self._counts and (folder / COVERAGE).exists():
            self._counts.take(self._verilog, folder / COVERAGE)
