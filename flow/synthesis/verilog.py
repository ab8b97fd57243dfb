# SPDX-License-Identifier: Apache-2.0
"""Plain Verilog of the core and of its delay units, for other tools: stable port names, no assertions."""

import re
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

from amaranth.back import rtlil
from amaranth.lib import wiring

from flow.synthesis.tools import run_yosys
from model.config import CoreConfig
from rtl.core.neurocore import Core
from rtl.delay.unit import delay_unit
from support.files import make_folder, write_atomic
from tb.player.verilog import ports, with_loops

SCRIPT = """\
read_rtlil {name}.il
proc -norom
delete */t:$check */t:$print */t:$assert */t:$assume */t:$cover
opt_clean
memory_collect
attrmap -modattr -remove top -remove generator
write_verilog {name}.v
"""
"""Assertions and their messages go; what a memory is to be made of (``ram_style``) stays as an attribute."""
HEADER = """\
// Chronaxie, {name}: made by `chronaxie verilog`; Apache-2.0.
// What Verilator would warn of: widths that follow the rules of Verilog, selectors, comparisons of the whole range.
/* verilator lint_off WIDTHEXPAND */
/* verilator lint_off WIDTHTRUNC */
/* verilator lint_off CASEOVERLAP */
/* verilator lint_off CMPCONST */
"""


def designs(config: CoreConfig) -> dict[str, Callable[[], wiring.Component]]:
    """What there is of a build, by module name: ``delay_<unit>``, the presynaptic stage alone, and ``core_<unit>``."""
    unit = config.delay_unit
    return {f"delay_{unit}": partial(delay_unit, config), f"core_{unit}": partial(Core, config)}


def plain_verilog(component: wiring.Component, name: str, *, locations: bool = False) -> str:
    """Verilog-2005 of a component as module ``name``, the modules inside it as ``name__part``.

    Ports are ``clk``, ``rst`` and the members of the signature, joined by ``__``: stream ``s`` is ``s__payload``,
    ``s__valid`` and ``s__ready``, the fields of a payload from bit 0 up in their order. With ``locations``, attributes
    say which lines of Python a thing comes from. Raises BuildError if Yosys refuses it.
    """
    netlist = rtlil.convert(component, name=name, ports=ports(component), emit_src=locations)
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        (work / f"{name}.il").write_text(netlist)
        run_yosys(SCRIPT.format(name=name), work)
        text = (work / f"{name}.v").read_text()
    return HEADER.format(name=name) + with_loops(without_escapes(text))


def without_escapes(text: str) -> str:
    """Verilog with an ordinary name for each escaped one, the same all over the text.

    ``\\core.delay`` becomes ``core__delay``, ``\\data$12`` becomes ``data_12``, the keyword ``\\byte`` ``byte_``.
    """
    names = set(re.findall(r"(?<![\\\w$])[A-Za-z_]\w*", text))
    plain: dict[str, str] = {}

    def replace(found: re.Match[str]) -> str:
        escaped = found[1]
        if escaped not in plain:
            name = re.sub(r"\W", "_", escaped.replace(".", "__"))
            if name[0].isdigit():
                name = f"_{name}"
            elif name == escaped:  # escaped though it need not be: a keyword
                name += "_"
            while name in names:
                name += "_"
            names.add(name)
            plain[escaped] = name
        return f"{plain[escaped]} "

    return re.sub(r"\\(\S+) ", replace, text)


def export(config: CoreConfig, folder: Path) -> list[Path]:
    """Write a file per design of a build into ``folder``; return their paths. Raises InputError, BuildError."""
    make_folder(folder)
    written = []
    for name, make in designs(config).items():
        path = folder / f"{name}.v"
        write_atomic(path, plain_verilog(make(), name).encode())
        written.append(path)
    return written
