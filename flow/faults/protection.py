# SPDX-License-Identifier: Apache-2.0
"""What check bits on the memories of an image cost: bits, and the logic of encoder and checker on ECP5."""

import json
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from amaranth.lib import wiring

from flow.synthesis.tools import run_yosys
from model.config import CoreConfig, Protection, check_bits
from model.faults.memories import IMAGE, shapes
from rtl.core.protection import Checker, Encoder
from tb.netlist.netlist import elaborated

SCRIPT = """\
read_rtlil block.il
proc
synth_ecp5 -noiopad -top block
tee -q -o cells.json stat -json -top block
"""


@dataclass(frozen=True, kw_only=True)
class Cost:
    """Check bits for one memory of a build."""

    memory: str
    protection: str
    width: int
    """Data bits of a word."""
    check_bits: int
    """Bits of a word besides."""
    memory_bits: int
    """Check bits of all words."""
    share: float
    """Of the bits of the data."""
    encoder_luts: int
    checker_luts: int
    """Look-up tables of four inputs; neither has a register."""


def costs(config: CoreConfig) -> list[Cost]:
    """Parity and SECDED for each memory of an image. Raises BuildError if Yosys fails."""
    found = []
    for name in IMAGE:
        shape = shapes(config)[name]
        width = shape.width
        for protection in (Protection.PARITY, Protection.SECDED):
            more = check_bits(width, protection)
            found.append(
                Cost(
                    memory=str(name),
                    protection=str(protection),
                    width=width,
                    check_bits=more,
                    memory_bits=more * shape.depth,
                    share=more / width,
                    encoder_luts=luts(Encoder(width, protection)),
                    checker_luts=luts(Checker(width, protection)),
                )
            )
    return found


def luts(block: wiring.Component) -> int:
    """Look-up tables of a block without registers, as Yosys maps it to ECP5."""
    netlist = elaborated(block, "block")
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        (work / "block.il").write_text(netlist)
        run_yosys(SCRIPT, work)
        cells = json.loads((work / "cells.json").read_text())["design"]["num_cells_by_type"]
    return int(cells.get("LUT4", 0))


def total(some: Sequence[Cost], protection: Protection) -> tuple[int, int]:
    """Check bits and look-up tables of all memories with one protection."""
    mine = [cost for cost in some if cost.protection == protection]
    return sum(cost.memory_bits for cost in mine), sum(cost.encoder_luts + cost.checker_luts for cost in mine)
