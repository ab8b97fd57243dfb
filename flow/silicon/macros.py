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


@lru_cache(maxsize=4096)
def place(table: MacroTable, depth: int, width: int, *, registers: bool | None = None) -> Placement:
    """The smallest way to make a memory of ``depth`` words of ``width`` bits, in area.

    Macros are stacked for depth and put side by side for width, each column of one kind; or it is flip-flops, where
    those are smaller. ``registers`` says which of the two it has to be.
    """
    bits = depth * width
    flip_flops = Placement(macros=(), bits=bits, area_um2=bits * table.flip_flop.area_um2, leakage_nw=0.0,
                           write_pj=bits * table.flip_flop.access_pj, read_pj=bits * table.flip_flop.access_pj,
                           clock_pj=bits * table.flip_flop.clock_pj)  # fmt: skip
    # The cheapest columns that cover 0, 1, .. width bits.
    columns = [(-(-depth // macro.depth), macro) for macro in table.macro]
    best: list[tuple[float, tuple[tuple[int, Macro], ...]]] = [(0.0, ())]
    for covered in range(1, width + 1):
        best.append(
            min(
                (
                    (best[max(0, covered - macro.width)][0] + stacked * macro.area_um2,
                     (*best[max(0, covered - macro.width)][1], (stacked, macro)))
                    for stacked, macro in columns
                ),
                key=lambda each: each[0],
            )
        )  # fmt: skip
    area, chosen = best[width]
    if registers or (registers is None and flip_flops.area_um2 <= area):
        return flip_flops
    return Placement(
        macros=chosen,
        bits=bits,
        area_um2=area,
        leakage_nw=sum(stacked * macro.leakage_nw for stacked, macro in chosen),
        write_pj=sum(macro.write_pj for _, macro in chosen),
        read_pj=sum(macro.read_pj for _, macro in chosen),
        clock_pj=0.0,
    )
