"""Plain Verilog of the core and of its delay units, for other tools: stable port names, no assertions."""

import re
import tempfile
from pathlib import Path

from amaranth.back import rtlil
from amaranth.lib import wiring

from flow.tools import run_yosys
from model.config import CoreConfig
from model.files import write_atomic
from rtl.core import UNITS, Core
from tb.verilog import ports

SCRIPT = """\
read_rtlil {name}.il
proc -norom
delete */t:$check */t:$print */t:$assert */t:$assume */t:$cover
opt_clean
memory_collect
rename -unescape
attrmap -modattr -remove top -remove generator
write_verilog {name}.v
"""
"""Assertions and their messages go; what a memory is to be made of (``ram_style``) stays as an attribute."""


def designs(config: CoreConfig) -> dict[str, wiring.Component]:
    """What is exported of a build, by module name: ``delay_<unit>`` (the presynaptic stage alone), ``core_<unit>``."""
    return {f"delay_{config.delay_unit}": UNITS[config.delay_unit](config), f"core_{config.delay_unit}": Core(config)}


def plain_verilog(component: wiring.Component, name: str) -> str:
    """Verilog-2005 of a component as module ``name``, the modules inside it as ``name__part``.

    Ports are ``clk``, ``rst`` and the members of the signature, joined by ``__``: stream ``s`` is ``s__payload``,
    ``s__valid`` and ``s__ready``, the fields of a payload from bit 0 up in their order. Raises BuildError if Yosys
    refuses it.
    """
    netlist = rtlil.convert(component, name=name, ports=ports(component), emit_src=False)
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        (work / f"{name}.il").write_text(netlist)
        run_yosys(SCRIPT.format(name=name), work)
        text = (work / f"{name}.v").read_text()
    return re.sub(rf"\\({name}(?:\.\w+)+) ", lambda found: found[1].replace(".", "__") + " ", text)


def export(config: CoreConfig, folder: Path) -> list[Path]:
    """Write a file per design of a build into ``folder``; return their paths. Raises InputError, BuildError."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, component in designs(config).items():
        path = folder / f"{name}.v"
        write_atomic(path, plain_verilog(component, name).encode())
        written.append(path)
    return written
