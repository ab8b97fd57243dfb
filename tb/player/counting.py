# SPDX-License-Identifier: Apache-2.0
"""A simulation that counts if somebody wants the counts (``tb.player.counts``), whatever drives it."""

from pathlib import Path

from amaranth.lib import wiring

from tb.player import counts
from tb.player.runner import COVERAGE
from tb.player.verilog import to_verilog

COUNTED = "dut.v"
"""The file whose modules are counted."""


class Counting:
    """Asked for once a simulator; ``on``: it has to be built to count (``tb.player.runner.Flavour.coverage``)."""

    def __init__(self) -> None:
        self._counts = counts.wanted()
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
