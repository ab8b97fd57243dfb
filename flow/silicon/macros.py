# SPDX-License-Identifier: Apache-2.0
"""Memories mapped onto SRAM macros: which macros, their area, leakage, and energy per access."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from flow.silicon.liberty import read_macro
from support.errors import InputError
from support.files import read_bytes

DEFAULT_TABLE = Path(__file__).with_name("sram_ihp130.toml")
"""The table that comes with the project."""


class Macro(BaseModel):
    """One SRAM macro."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    depth: int = Field(gt=0)
    width: int = Field(gt=0)
    area_um2: float = Field(gt=0)
    leakage_nw: float = Field(ge=0)
    write_pj: float = Field(gt=0)
    read_pj: float = Field(gt=0)


class FlipFlop(BaseModel):
    """One bit of a memory of flip-flops."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    area_um2: float = Field(gt=0)
    clock_pj: float = Field(ge=0)
    access_pj: float = Field(ge=0)


class MacroTable(BaseModel):
    """The macros of a process, and what a bit of flip-flops takes there."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    name: str
    flip_flop: FlipFlop
    macro: tuple[Macro, ...] = Field(min_length=1)


@dataclass(frozen=True, kw_only=True)
class Placement:
    """A memory on silicon. An access reads or writes one macro of each column; the others rest."""

    macros: tuple[tuple[int, Macro], ...]
    """Columns side by side: how many of a macro are stacked in each. Empty: flip-flops."""
    bits: int
    area_um2: float
    leakage_nw: float
    write_pj: float
    read_pj: float
    clock_pj: float
    """In each cycle, whether accessed or not: flip-flops without clock gating."""

    @property
    def text(self) -> str:
        """The macros in words."""
        counts: dict[str, int] = {}
        for stacked, macro in self.macros:
            name = f"{macro.depth}x{macro.width}"
            counts[name] = counts.get(name, 0) + stacked
        return " + ".join(f"{count} of {name}" for name, count in counts.items()) or "flip-flops"


def load_table(path: Path | None, libraries: Sequence[Path] = ()) -> MacroTable:
    """The table of macros at ``path`` (None: the one of the project), its macros replaced by those of ``libraries``.

    ``libraries``: Liberty files of one SRAM macro each. Raises InputError.
    """
    origin = path or DEFAULT_TABLE
    try:
        table = MacroTable.model_validate(tomllib.loads(read_bytes(origin, "table of macros").decode()))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{origin}: no TOML: {error}") from None
    except ValidationError as error:
        first = error.errors()[0]
        raise InputError(f"{origin}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from None
    if not libraries:
        return table
    names = ("depth", "width", "area_um2", "leakage_nw", "write_pj", "read_pj")
    macros = tuple(Macro.model_validate(dict(zip(names, read_macro(each), strict=True))) for each in libraries)
    return MacroTable(name=f"{len(macros)} macros of given libraries", flip_flop=table.flip_flop, macro=macros)


@dataclass(frozen=True, kw_only=True)
class Use:
    """What is asked of a memory in an inference."""

    reads: float
    writes: float
    cycles: float
    seconds: float


def place(table: MacroTable, depth: int, width: int, *, registers: bool | None = None) -> Placement:
    """The smallest way to make a memory of ``depth`` words of ``width`` bits, in area.

    Macros are stacked for depth and put side by side for width, each column of one kind; or it is flip-flops, where
    those are smaller. ``registers`` says which of the two it has to be.
    """
    macros, flip_flops = _columns(table, depth, width, None), _flip_flops(table, depth * width)
    return flip_flops if registers or (registers is None and flip_flops.area_um2 <= macros.area_um2) else macros


WEIGHTS = tuple(2.0**power for power in range(-12, 13))
"""How much energy counts against area in ``place_for``, relative to both of the smallest placement."""


def place_for(table: MacroTable, depth: int, width: int, use: Use) -> Placement:
    """The way to make a memory whose energy in an inference times area is least.

    Of those that are cheapest for some weight of energy against area, and of flip-flops.
    """
    smallest = _columns(table, depth, width, None)
    unit = smallest.area_um2 / max(energy_uj(smallest, use), 1e-12)
    found = [smallest, _flip_flops(table, depth * width)]
    found += [_columns(table, depth, width, (use, weight * unit)) for weight in WEIGHTS]
    return min(found, key=lambda each: (each.area_um2 * energy_uj(each, use), each.area_um2))


def energy_uj(placement: Placement, use: Use) -> float:
    """Energy of a memory in an inference."""
    accesses = use.reads * placement.read_pj + use.writes * placement.write_pj + use.cycles * placement.clock_pj
    return accesses * 1e-6 + placement.leakage_nw * use.seconds * 1e-3


def _flip_flops(table: MacroTable, bits: int) -> Placement:
    one = table.flip_flop
    return Placement(macros=(), bits=bits, area_um2=bits * one.area_um2, leakage_nw=0.0, write_pj=bits * one.access_pj,
                     read_pj=bits * one.access_pj, clock_pj=bits * one.clock_pj)  # fmt: skip


@lru_cache(maxsize=4096)
def _columns(table: MacroTable, depth: int, width: int, weighed: tuple[Use, float] | None) -> Placement:
    """Columns of macros that cost least: their area, and if ``weighed`` says so energy times a weight (um2/uJ)."""
    columns = [(-(-depth // macro.depth), macro) for macro in table.macro]

    def cost(stacked: int, macro: Macro) -> float:
        area = stacked * macro.area_um2
        if weighed is None:
            return area
        use, weight = weighed
        return area + weight * energy_uj(_placed(((stacked, macro),), depth * macro.width), use)

    costs = [cost(stacked, macro) for stacked, macro in columns]
    # The cheapest columns that cover 0, 1, .. width bits.
    best: list[tuple[float, tuple[tuple[int, Macro], ...]]] = [(0.0, ())]
    for covered in range(1, width + 1):
        before = [best[max(0, covered - macro.width)] for _, macro in columns]
        choices = [(each[0] + more, (*each[1], one)) for each, more, one in zip(before, costs, columns, strict=True)]
        best.append(min(choices, key=lambda each: each[0]))
    return _placed(best[width][1], depth * width)


def _placed(columns: tuple[tuple[int, Macro], ...], bits: int) -> Placement:
    return Placement(
        macros=columns,
        bits=bits,
        area_um2=sum(stacked * macro.area_um2 for stacked, macro in columns),
        leakage_nw=sum(stacked * macro.leakage_nw for stacked, macro in columns),
        write_pj=sum(macro.write_pj for _, macro in columns),
        read_pj=sum(macro.read_pj for _, macro in columns),
        clock_pj=0.0,
    )
