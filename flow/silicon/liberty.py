# SPDX-License-Identifier: Apache-2.0
"""Cell libraries in the Liberty format: what the comparison needs of standard cells and of SRAM macros."""

import gzip
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from support.errors import InputError
from support.files import read_bytes

_UNITS = {"f": 1e-3, "p": 1.0, "n": 1e3, "u": 1e6, "m": 1e9}
_TOKEN = re.compile(r'"(?:\\.|[^"\\])*"|/\*.*?\*/|\\\r?\n|[{}();:,]|[^\s{}();:,"\\]+', re.DOTALL)


@dataclass
class Group:
    """A group of a Liberty file: ``kind (names) { attributes, groups }``."""

    kind: str
    names: tuple[str, ...]
    attributes: dict[str, str] = field(default_factory=dict)
    groups: list["Group"] = field(default_factory=list)

    def of(self, *kinds: str) -> Iterator["Group"]:
        """The groups inside of some kinds."""
        return (group for group in self.groups if group.kind in kinds)

    def number(self, name: str) -> float:
        """The number that an attribute holds. Raises InputError."""
        try:
            return float(self.attributes[name])
        except (KeyError, ValueError):
            where = " ".join([self.kind, *self.names])
            raise InputError(f"{where}: expected a number as {name}, not {self.attributes.get(name)!r}") from None


@dataclass(frozen=True, kw_only=True)
class Cell:
    """A standard cell."""

    area_um2: float
    leakage_nw: float
    input_pf: float
    """Capacitance of all inputs but clocks."""
    clock_pf: float
    """Capacitance of the clock inputs; 0 in logic without a clock."""


@dataclass(frozen=True, kw_only=True)
class CellLibrary:
    """Standard cells of one corner."""

    name: str
    voltage: float
    cells: dict[str, Cell]


def library_text(path: Path) -> str:
    """The text of a Liberty file, plain or gzipped. Raises InputError."""
    data = read_bytes(path, "liberty file")
    try:
        return (gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data).decode("utf-8", "replace")
    except (OSError, EOFError) as error:
        raise InputError(f"{path}: liberty file cannot be unpacked ({error})") from None


def parse(text: str, origin: str) -> Group:
    """The group ``library`` of a Liberty file. Raises InputError, which names ``origin``, if it is none."""
    stack = [Group("file", ())]
    words: list[str] = []  # since the last statement ended
    for match in _TOKEN.finditer(text):
        token = match[0]
        if token[0] in "/\\" and (token.startswith("/*") or token[0] == "\\"):
            continue
        if token == "{":
            group = Group(words[0] if words else "", tuple(_plain(word) for word in words[1:] if word not in "(),"))
            stack[-1].groups.append(group)
            stack.append(group)
            words = []
        elif token in ";}":
            _attribute(stack[-1], words)
            words = []
            if token == "}":
                if len(stack) == 1:
                    raise InputError(f"{origin}: no liberty file: a }} without a {{")
                stack.pop()
        elif words and words[-1] in (")",) and token not in ("(", ",", ")", ":"):
            # Some files end a complex attribute by the line alone.
            _attribute(stack[-1], words)
            words = [token]
        else:
            words.append(token)
    library = next(stack[0].of("library"), None)
    if len(stack) != 1 or library is None:
        raise InputError(f"{origin}: no liberty file: expected a whole group library (...) {{ ... }}")
    return library


def _attribute(group: Group, words: list[str]) -> None:
    if len(words) >= 3 and words[1] == ":":
        group.attributes[words[0]] = " ".join(_plain(word) for word in words[2:])
    elif len(words) >= 4 and words[1] == "(":
        group.attributes[words[0]] = ",".join(_plain(word) for word in words[2:-1] if word != ",")


def _plain(word: str) -> str:
    return word.strip('"').strip()


def read_cells(path: Path) -> CellLibrary:
    """The standard cells of a library. Raises InputError for a file that is none, or holds no cells."""
    library = parse(library_text(path), str(path))
    number, unit = library.attributes.get("capacitive_load_unit", "1,pf").split(",")
    pf = float(number) * _UNITS[unit.strip()[0].lower()]
    leak = _leakage_nw(library)
    cells = {}
    for group in library.of("cell"):
        clock = {name for each in group.of("ff", "latch") for name in _names(each, "clocked_on", "enable")}
        inputs = [pin for pin in group.of("pin") if pin.attributes.get("direction") == "input"]
        is_clock = {
            id(pin): pin.attributes.get("clock") == "true" or bool(clock & set(pin.names)) for pin in inputs
        }  # fmt: skip
        cells[group.names[0]] = Cell(
            area_um2=group.number("area"),
            leakage_nw=leak * float(group.attributes.get("cell_leakage_power", 0)),
            input_pf=pf * sum(pin.number("capacitance") for pin in inputs if not is_clock[id(pin)]),
            clock_pf=pf * sum(pin.number("capacitance") for pin in inputs if is_clock[id(pin)]),
        )
    if not cells:
        raise InputError(f"{path}: no cells in it")
    return CellLibrary(name=library.names[0], voltage=_voltage(library), cells=cells)


def _names(group: Group, *attributes: str) -> set[str]:
    return {name for key in attributes for name in re.findall(r"\w+", group.attributes.get(key, ""))}


def _voltage(library: Group) -> float:
    for group in library.of("operating_conditions"):
        if "voltage" in group.attributes:
            return group.number("voltage")
    return library.number("nom_voltage")


def _leakage_nw(library: Group) -> float:
    """Nanowatts of a unit of leakage power."""
    match = re.fullmatch(r"([\d.]+)\s*([fpnum]?)W", library.attributes.get("leakage_power_unit", "1nW"))
    if not match:
        raise InputError(f"library {' '.join(library.names)}: leakage_power_unit is not understood")
    return float(match[1]) * _UNITS.get(match[2], 1e12) * 1e-3


def read_macro(path: Path) -> tuple[int, int, float, float, float, float]:
    """Depth, width, area (um2), leakage (nW), energy of a write and of a read (pJ) of an SRAM macro's library.

    The energies are the internal power of the clock pin while the memory is enabled for a write, and for a read.
    Raises InputError for a file without one SRAM macro of the RM_IHPSG13 kind.
    """
    library = parse(library_text(path), str(path))
    cells = list(library.of("cell"))
    size = re.search(r"_(\d+)x(\d+)_", cells[0].names[0]) if len(cells) == 1 else None
    if not size:
        raise InputError(f"{path}: expected one SRAM macro, named as RM_IHPSG13_1P_64x64_...")
    energy: dict[str, float] = {}
    for pin in cells[0].of("pin"):
        if "A_CLK" in pin.names:
            for power in pin.of("internal_power"):
                when = re.sub(r"\s", "", power.attributes.get("when", ""))
                values = [float(each.attributes["values"]) for each in power.of("rise_power", "fall_power")]
                energy[when] = sum(values)
    try:
        write, read = energy["A_MEN&A_WEN&!A_REN"], energy["A_MEN&!A_WEN&A_REN"]
    except KeyError:
        raise InputError(f"{path}: A_CLK has no internal power of a write and of a read") from None
    leakage = _leakage_nw(library) * cells[0].number("cell_leakage_power")
    return int(size[1]), int(size[2]), cells[0].number("area"), leakage, write, read
