# SPDX-License-Identifier: Apache-2.0
"""What a simulator has counted, as points of the sources: the same in every build that has them.

A point is ``kind|source|what``. ``line``: a branch, by the conditions that lead to it, each by the line of Python that
it is from. ``toggle``: a bit of a signal, and the way it went. ``corner``: one of ``tb.coverage.corners``.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from tb.coverage.verilog import MADE, Module, modules

Counts = dict[str, int]
ALWAYS = ("1'h1", "rst", "made > rst")
"""Branches that say nothing: every cycle, and the reset."""
STATE_BITS = 5
"""Most bits of what a block tells apart case by case; what has more is the address of an array."""
FIELD = re.compile(r"\x01(\w+)\x02([^\x01\x02']*)")
OPENS = re.compile(r"^( *)(?:end else )?(?:if \((.*)\) begin|casez? \((.*)\)|/\*.*\*/|(.+):)\s*$")


def read_counts(text: str) -> Iterator[tuple[dict[str, str], int]]:
    """The points of a file of Verilator's: their fields, and how often each was met."""
    for line in text.splitlines():
        if line.startswith("C '"):
            fields, _, count = line[3:].rpartition("' ")
            yield dict(FIELD.findall(fields)), int(count)


def counted(verilog: str, path: Path) -> Counts:
    """The counts of a run by point; those of equal instances are added up."""
    found: Counts = {}
    known, branches, lines = _known(verilog)
    for fields, count in read_counts(path.read_text(errors="replace")):
        kind, _, name = fields.get("page", "").partition("/")
        module = known.get(name)
        if module is None or fields.get("f") != "dut.v":
            continue
        point = _point(kind, fields, module, branches[name], lines)
        if point is not None:
            found[point] = found.get(point, 0) + count
    return found


@lru_cache(maxsize=4)
def _known(verilog: str) -> tuple[dict[str, Module], dict[str, dict[int, str]], list[str]]:
    """What a text has of ours: modules by name, their branches, and all lines."""
    known = {module.name: module for module in modules(verilog) if module.source}
    return known, {name: paths(module) for name, module in known.items()}, verilog.splitlines()


def _point(kind: str, fields: dict[str, str], module: Module, branches: dict[int, str], lines: list[str]) -> str | None:
    number, what = int(fields["l"]), fields.get("o", "")
    if kind == "v_user":
        return f"corner|{module.source}|{lines[number - 1].partition('// corner: ')[2]}"
    if kind == "v_toggle":
        return None if "$" in what or what.startswith("__0") else f"toggle|{module.source}|{what.replace(' ', '')}"
    path = branches.get(number)
    if path is None or what == "block" or path in ALWAYS:
        return None
    return f"line|{module.source}|{path}{' else' if what == 'else' else ''}"


def paths(module: Module) -> dict[int, str]:
    """By number of a line that begins a branch, the conditions that lead there."""
    found: dict[int, str] = {}
    stack: list[tuple[int, str]] = []
    for offset, line in enumerate(module.lines):
        if not line.strip() or line.lstrip().startswith("(*") or line.lstrip().startswith("//"):
            continue
        indent = len(line) - len(line.lstrip())
        stack = [each for each in stack if each[0] < indent]
        match = OPENS.match(line)
        if match is None or "$auto$" in line:
            continue
        condition, subject, item = match[2], match[3], match[4]
        if condition is not None:
            stack.append((indent, _resolved(condition, module)))
        elif subject is not None:
            stack.append((indent, f"{_resolved(subject, module)} is"))
            continue
        elif item is not None and stack and stack[-1][1].endswith(" is"):
            stack.append((indent, _item(item.strip())))
        else:
            continue
        found[module.first + offset] = " > ".join(each for _, each in stack)
    return found


def _item(text: str) -> str:
    """The value of a case; of an array, whose length is the build's, all entries are one."""
    bits = text.partition("'")[0]
    return "*" if bits.isdigit() and int(bits) > STATE_BITS else text


def _resolved(expression: str, module: Module) -> str:
    """An expression with the place of each name that Yosys made up instead of it."""

    def place(match: re.Match[str]) -> str:
        where = module.places.get(match[0].strip(), "")
        return where.rpartition("/")[2] if where else "made"

    return re.sub(MADE + " ?", place, expression).strip()
