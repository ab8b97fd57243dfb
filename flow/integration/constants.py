# SPDX-License-Identifier: Apache-2.0
"""Named constants of a hardware build, as SystemVerilog package, Verilog include and C header."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

from amaranth.lib.data import StructLayout

from support.files import write_atomic


@dataclass(frozen=True, kw_only=True)
class Constant:
    """A number that both sides of a port must agree on."""

    name: str
    """In capitals."""
    value: int
    """0 to 2**31 - 1."""
    means: str
    """One line."""


def payload_constants(stream: str, layout: StructLayout) -> list[Constant]:
    """Width of a stream's payload, lowest bit and width of each of its fields."""
    name = stream.upper()
    found = [Constant(name=f"{name}_WIDTH", value=layout.size, means=f"bits of {stream}__payload")]
    for key, field in layout:
        start = f"{name}_{str(key).upper()}"
        found.append(Constant(name=f"{start}_LSB", value=field.offset, means=f"lowest bit of {key} in {stream}"))
        found.append(Constant(name=f"{start}_WIDTH", value=field.width, means=f"bits of {key} in {stream}"))
    return found


def enum_constants(prefix: str, members: type[IntEnum], means: str) -> list[Constant]:
    """A constant ``<prefix>_<member>`` for each member."""
    return [Constant(name=f"{prefix}_{each.name}", value=each.value, means=means) for each in members]


def build_constants(parameters: Mapping[str, int]) -> list[Constant]:
    """The parameters of a build by name."""
    return [Constant(name=name.upper(), value=int(value), means="of the build") for name, value in parameters.items()]


def counter_constants(prefix: str, counters: Mapping[str, str]) -> list[Constant]:
    """The place of each counter in the order of its port, ``<prefix>_<counter>``; ``counters`` say what they count."""
    return [
        Constant(name=f"{prefix}_{name.upper()}", value=place, means=f"place among the counters: {means}")
        for place, (name, means) in enumerate(counters.items())
    ]


COUNTER_WIDTH = Constant(name="COUNTER_WIDTH", value=32, means="bits of a counter, which wraps")
CLOCK = (
    "Clock clk, rising edge; reset rst, synchronous, active high: one cycle is enough, and needed where initial",
    "values are not kept.",
)
"""What the header of every Verilog says of clock and reset, a line each."""


def package_text(module: str, constants: Sequence[Constant]) -> str:
    """The SystemVerilog package ``<module>_pkg``."""
    lines = [f"  localparam int unsigned {each.name} = {each.value};  // {each.means}" for each in constants]
    return "\n".join([_made(module), f"package {module}_pkg;", *lines, f"endpackage : {module}_pkg", ""])


def include_text(module: str, constants: Sequence[Constant]) -> str:
    """The Verilog include: macros ``<MODULE>_<CONSTANT>``."""
    start = module.upper()
    lines = [f"`define {start}_{each.name} {each.value} // {each.means}" for each in constants]
    return "\n".join([_made(module), f"`ifndef {start}_VH", f"`define {start}_VH", *lines, "`endif", ""])


def c_text(module: str, constants: Sequence[Constant]) -> str:
    """The C header: macros ``<MODULE>_<CONSTANT>``."""
    start = module.upper()
    lines = [f"#define {start}_{each.name} {each.value}u /* {each.means} */" for each in constants]
    return "\n".join(
        [f"/* {_made(module)[3:]} */", f"#ifndef {start}_H", f"#define {start}_H", *lines, "#endif", ""]
    )  # fmt: skip


FILES = {"{}_pkg.sv": package_text, "{}.vh": include_text, "{}.h": c_text}
"""Name of each file, by the module's name, and what makes its text."""


def constant_files(module: str, folder: Path) -> list[Path]:
    """Where the files of a module go."""
    return [folder / name.format(module) for name in FILES]


def write_constants(module: str, constants: Sequence[Constant], folder: Path) -> list[Path]:
    """Write the three files of a module into an existing folder; return their paths. Raises InputError."""
    paths = constant_files(module, folder)
    for path, text in zip(paths, FILES.values(), strict=True):
        write_atomic(path, text(module, constants).encode())
    return paths


def _made(module: str) -> str:
    return f"// Chronaxie, constants of {module}: made by `chronaxie verilog`; Apache-2.0."
