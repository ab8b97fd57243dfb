# SPDX-License-Identifier: Apache-2.0
"""Plain Verilog of the core and of its delay units, for other tools: stable port names, no assertions."""

import re
import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from amaranth.lib import wiring

from flow.synthesis.tools import run_yosys
from model.config import CoreConfig
from model.fabric.config import FabricConfig
from rtl.core.neurocore import Core
from rtl.delay.unit import delay_unit
from rtl.fabric.fabric import Fabric
from support.errors import InputError
from support.files import make_folder, write_atomic
from tb.errors import BuildError
from tb.netlist.netlist import elaborated, ports
from tb.player.verilog import with_loops

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
PORT = re.compile(r"^  (?:input|output) (?:\[\d+:\d+\] )?(\w+) ?;\n", re.MULTILINE)
"""The direction of a port, as Yosys declares it; the wire or register of the same name follows."""


def designs(config: CoreConfig | FabricConfig, prefix: str = "") -> dict[str, Callable[[], wiring.Component]]:
    """What there is of a build, by module name: ``delay_<unit>``, the presynaptic stage alone, and ``core_<unit>``.

    Of a fabric, ``fabric_<unit>``; ``mixed`` if its cores have different ones.
    With a prefix, ``<prefix>_delay_<unit>`` and ``<prefix>_core_<unit>``. Raises InputError for one that is no name.
    """
    if prefix and not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", prefix):
        raise InputError(f"name must be a letter, then letters, digits and _, not {prefix!r}")
    start = f"{prefix}_" if prefix else ""
    if isinstance(config, FabricConfig):
        units = {str(core.delay_unit) for core in config.cores}
        return {f"{start}fabric_{units.pop() if len(units) == 1 else 'mixed'}": partial(Fabric, config)}
    unit = config.delay_unit
    return {f"{start}delay_{unit}": partial(delay_unit, config), f"{start}core_{unit}": partial(Core, config)}


def plain_verilog(component: wiring.Component, name: str, *, locations: bool = False) -> str:
    """Verilog-2005 of a component as module ``name``, the modules inside it as ``name__part``.

    Ports are ``clk``, ``rst`` and the members of the signature, joined by ``__``: stream ``s`` is ``s__payload``,
    ``s__valid`` and ``s__ready``, the fields of a payload from bit 0 up in their order. With ``locations``, attributes
    say which lines of Python a thing comes from. Raises BuildError if Yosys refuses it.
    """
    netlist = elaborated(component, name, sources=locations)
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        (work / f"{name}.il").write_text(netlist)
        run_yosys(SCRIPT.format(name=name), work)
        text = (work / f"{name}.v").read_text()
    return HEADER.format(name=name) + with_loops(without_escapes(text))


def in_order(text: str, module: str, order: Sequence[str]) -> str:
    """The text with the ports of a module listed, and declared, in the given order; those that it lacks are left out.

    Yosys puts inputs before outputs and tears streams apart.
    """
    found = re.search(rf"^module {module} ?\(.*?^endmodule", text, re.DOTALL | re.MULTILINE)
    if not found:
        raise BuildError(f"no module {module} in the Verilog that Yosys wrote")
    declared = {each[1]: each[0] for each in PORT.finditer(found[0])}
    if unknown := set(declared) - set(order):
        raise BuildError(f"ports of {module} that its signature lacks: {', '.join(sorted(unknown))}")
    names = [name for name in order if name in declared]
    body = PORT.sub("", found[0].split(");\n", 1)[1])
    listed = ",\n".join(f"  {name}" for name in names)
    declarations = "".join(declared[name] for name in names)
    return f"{text[: found.start()]}module {module}(\n{listed}\n);\n{declarations}{body}{text[found.end() :]}"


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


def export(config: CoreConfig | FabricConfig, folder: Path, prefix: str = "", about: Sequence[str] = ()) -> list[Path]:
    """Write a file per design of a build into ``folder``; return their paths.

    ``prefix`` as in ``designs``; ``about`` are lines for the comment at the start. Raises InputError, BuildError.
    """
    chosen = designs(config, prefix)
    make_folder(folder)
    written = []
    for name, make in chosen.items():
        component = make()
        text = in_order(plain_verilog(component, name), name, ["clk", "rst", *ports(component)])
        path = folder / f"{name}.v"
        said = "".join(f"// {line}\n" for line in about)
        write_atomic(path, (said + text).encode())
        written.append(path)
    return written
