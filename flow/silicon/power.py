# SPDX-License-Identifier: Apache-2.0
"""What standard cells use inside when something changes at them: the internal power of a Liberty file."""

from dataclasses import dataclass
from pathlib import Path

from flow.silicon.liberty import Group, library_text, parse

PLACE = 1
"""Which entry of each axis of a table is taken, from 0: about 0.1 ns of transition and a load of a few inputs in the
libraries that were tried."""


@dataclass(frozen=True, kw_only=True)
class CellPower:
    """Of one cell, in pJ; an energy unit of a Liberty file is its unit of capacitance at a volt squared."""

    output_pj: float
    """When all outputs change once, by the mean of rising and falling and over the inputs that can cause it."""
    input_pj: float
    """When all inputs but clocks change once, and no output does."""
    clock_pj: float
    """In a clock cycle in which nothing else changes: both edges."""
    gates_clock: bool = False
    """Whether it is a gate for a clock, with a latch."""


def read_power(path: Path) -> dict[str, CellPower]:
    """The cells of a library by name; 0 for what the library does not say. Raises InputError."""
    library = parse(library_text(path), str(path))
    return {cell.names[0]: _power(cell) for cell in library.of("cell")}


def _power(cell: Group) -> CellPower:
    clocks = {each.attributes.get("clocked_on", "").strip("!()' ") for each in cell.of("ff")}
    clocks |= {each.attributes.get("enable", "").strip("!()' ") for each in cell.of("latch")}
    output = inputs = clock = 0.0
    for pin in cell.of("pin"):
        tables = [_both_edges(each) for each in pin.of("internal_power")]
        both = sum(tables) / len(tables) if tables else 0.0
        if pin.attributes.get("direction") == "output":
            output += both / 2
        elif pin.attributes.get("clock") == "true" or clocks & set(pin.names):
            clock += both
        else:
            inputs += both / 2
    return CellPower(output_pj=output, input_pj=inputs, clock_pj=clock,
                     gates_clock=cell.attributes.get("clock_gating_integrated_cell") == "latch_posedge")  # fmt: skip


def _both_edges(power: Group) -> float:
    """A rising and a falling edge; ``power`` for both where a library does not tell them apart."""
    found = [_value(each) for each in power.of("rise_power", "fall_power")]
    return sum(found) if found else sum(2 * _value(each) for each in power.of("power"))


def _value(table: Group) -> float:
    values = [float(each) for each in table.attributes.get("values", "0").replace(" ", "").split(",") if each]
    columns = len(table.attributes["index_2"].split(",")) if "index_2" in table.attributes else 1
    rows = len(values) // columns
    return values[min(PLACE, rows - 1) * columns + min(PLACE, columns - 1)]
