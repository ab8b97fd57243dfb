# SPDX-License-Identifier: Apache-2.0
"""The Verilog of a component as text: its modules, which source each comes from, and what of it is counted.

Names that Yosys made up are not counted, nor are modules from elsewhere than ``rtl``: FIFOs and checksums of Amaranth.
Of a record the fields are counted, not the whole: its bits mean something else in each build.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from support.paths import ROOT
from tb.coverage.corners import corners_of

OFF, ON = "/* verilator coverage_off */", "/* verilator coverage_on */"
MADE = r"\\?\S*\$\S*"
"""A name that nobody chose."""
DECLARED = re.compile(r"^ *(?:input|output|wire|reg) (?:signed )?(?:\[\d+:\d+\] )?(\S+) ?(?:;|=|\[)")
SOURCE = re.compile(r'src = "([^":]+):(\d+)"')


@dataclass(frozen=True)
class Module:
    """A module of a text."""

    name: str
    first: int
    """Number of its first line, from 1: that of its attributes or of ``module``."""
    lines: tuple[str, ...]

    @cached_property
    def source(self) -> str | None:
        """The file of its class, relative to the checkout; None if it is none of ``rtl``."""
        found = SOURCE.search("\n".join(self.lines[:4]))
        if found is None:
            return None
        path = Path(found[1])
        return path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT / "rtl") else None

    @cached_property
    def places(self) -> dict[str, str]:
        """Where what a name stands for is written, as in ``rtl/core/control.py:110``, by name."""
        found, said = {}, ""
        for line in self.lines:
            source = SOURCE.search(line)
            assigned = re.match(rf" *assign ({MADE}) +=", line)
            if assigned and source:
                found[assigned[1]] = _place(source)
            declared = DECLARED.match(line)
            if declared and said:
                found.setdefault(declared[1], said)
            said = _place(source) if source and line.strip().startswith("(*") else ""
        return found


def _place(found: re.Match[str]) -> str:
    path = Path(found[1])
    # Amaranth's own: a comparison with a state, which its value names better.
    return f"{path.relative_to(ROOT).as_posix()}:{found[2]}" if path.is_relative_to(ROOT / "rtl") else ""


def modules(text: str) -> Iterator[Module]:
    """The modules of a text, in order."""
    lines = text.splitlines()
    first = 0
    for number, line in enumerate(lines):
        if line == "endmodule":
            own = lines[first : number + 1]
            head = next(each for each in own if each.startswith("module "))
            name = head.removeprefix("module ").lstrip("\\").split("(")[0].strip()
            yield Module(name, first + 1, tuple(own))
            first = number + 1


def prepared(text: str) -> str:
    """The text with its corners, and without counts of what is not ours; what it describes stays the same."""
    found = []
    for module in modules(text):
        lines = list(module.lines)
        if module.source is None:
            start = next(k for k, line in enumerate(lines) if line.startswith(("module ", "(*")))
            found += [*lines[:start], OFF, *lines[start:], ON]
            continue
        names = {match[1] for line in lines if (match := DECLARED.match(line))}
        records = {name.lstrip("\\").rpartition(".")[0] for name in names if "." in name}
        lines = [_counted(line, records) for line in lines]
        points = corners_of(module.source, "\n".join(lines))
        covers = [f"  corner_{k}: cover property (@(posedge clk) {expression}); // corner: {name}"
                  for k, (name, expression) in enumerate(points.items())]  # fmt: skip
        found += [*lines[:-1], *covers, lines[-1]]
    return "\n".join(found) + "\n"


def _counted(line: str, records: set[str]) -> str:
    match = DECLARED.match(line)
    if match and ("$" in match[1] or match[1].lstrip("\\") in records or re.fullmatch(r"_\d+_", match[1])):
        return f"{OFF} {line} {ON}"
    return line
