# SPDX-License-Identifier: Apache-2.0
"""The corners: in the names of the Verilog of every unit's core, with the numbers that states and kinds really have."""

import os
import subprocess
from pathlib import Path

import pytest

from model.config import DelayUnit, preset
from rtl.core.neurocore import Core
from rtl.layouts import Kind
from support.paths import ROOT
from tb.coverage.corners import BLOCKS, END, corners_of
from tb.coverage.verilog import modules, prepared
from tb.player.runner import verilator_root
from tb.player.verilog import to_verilog


def lint(text: str, folder: Path) -> None:
    """Let Verilator read a module ``dut``; a name that is not there is an error."""
    path = folder / "dut.v"
    path.write_text(text)
    root = verilator_root()
    flags = ["--lint-only", "--timing", "--assert", "-Wno-fatal", "-Wno-lint", "-Wno-style", "--coverage-user"]
    done = subprocess.run(
        [root / "bin" / "verilator_bin", *flags, "--top-module", "dut", path],
        env={**os.environ, "VERILATOR_ROOT": str(root)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("unit", list(DelayUnit))
def test_verilator_takes_every_corner(unit: DelayUnit, tmp_path: Path) -> None:
    """A name that is not there would be an error; what the core is stays the same."""
    plain = to_verilog(Core(preset("tiny").with_unit(unit, 40), simulation=True), "dut", sources=True)
    text = prepared(plain)
    lint(text, tmp_path)
    found = {module.source for module in modules(plain)} & BLOCKS.keys()
    assert f"rtl/delay/{unit}.py" in found
    assert text.count("// corner: ") >= 40


def test_blocks_are_sources() -> None:
    assert all((ROOT / path).is_file() for path in BLOCKS)
    assert int(Kind.END) == END
    assert corners_of("rtl/core/loader.py", "") == {}


def test_a_queue_of_one_entry() -> None:
    one = corners_of("rtl/delay/queue.py", "  reg [7:0] memory [0:0];")
    assert one == {"the queue is full": "level == 1"}
    assert corners_of("rtl/delay/queue.py", "  reg [7:0] memory [4:0];")["the queue is full"] == "level == 5"
