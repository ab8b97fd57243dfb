# SPDX-License-Identifier: Apache-2.0
"""The delay unit's part of a core on silicon, and the energy of the logic."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TypedDict

from flow.silicon.cells import MEMORY, CellCounts, area
from flow.silicon.cost import CLOCK_MHZ
from flow.silicon.jobs import REGISTER_QUEUE
from flow.silicon.liberty import CellLibrary
from flow.silicon.macros import MacroTable, place
from flow.silicon.memories import delay_memories, memories
from model.config import CoreConfig

TARGET = 0.03
"""The published share with SRAM (2501.13610): what the unit's share is compared with; 0.17 with flip-flops."""
TOGGLES = 0.1
"""Share of the inputs of cells that change in a cycle: an assumption."""


@dataclass(frozen=True, kw_only=True)
class Share:
    """Area of the delay unit and of the whole core, um2."""

    memories: str
    """What the unit's memories are made of, and how large."""
    unit_logic: float
    unit_memory: float
    core: float

    @property
    def unit(self) -> float:
        """Logic and memory of the unit."""
        return self.unit_logic + self.unit_memory

    @property
    def value(self) -> float:
        """Part of the core that the unit takes."""
        return self.unit / self.core


class ShareRecord(TypedDict):
    """A ``Share`` in JSON."""

    memories: str
    unit_logic_um2: float
    unit_memory_um2: float
    core_um2: float
    share: float


class FlipFlopFigures(TypedDict):
    """What a bit of a memory of flip-flops takes; as ``flow.silicon.macros.FlipFlop``."""

    area_um2: float
    clock_pj: float
    access_pj: float


def shares(
    counts: CellCounts, config: CoreConfig, peak: int, library: CellLibrary, table: MacroTable
) -> list[Share]:  # fmt: skip
    """The unit's share of a core: queues for the worst case, queues for ``peak`` events, without memories, with
    flip-flops, and with every two-port memory counted twice."""
    design = f"core_{config.delay_unit}"
    logic = area(counts.within(f"{design}.delay"), library)
    all_logic = area(counts.within(design), library)
    tight = replace(config, queue_depth=max(1, peak)) if config.delay_unit.has_queues else config
    found = []

    def share(text: str, built: CoreConfig, *, registers: bool | None = None, double: bool = False) -> None:
        unit, total = _memory_areas(built, table, registers=registers, double=double)
        found.append(Share(memories=text, unit_logic=logic, unit_memory=unit, core=all_logic + total))

    share("macros, as built for the worst case", config)
    if tight != config:
        share(f"macros, queues of {peak:,} events", tight)
    share("macros, two-port memories counted twice", tight, double=True)
    share("flip-flops for the unit, macros for the rest", tight, registers=True)
    found.append(Share(memories="none: logic alone", unit_logic=logic, unit_memory=0.0, core=all_logic))
    return found


def _memory_areas(
    config: CoreConfig, table: MacroTable, *, registers: bool | None, double: bool
) -> tuple[float, float]:  # fmt: skip
    """Area of the unit's memories and of all memories of the core."""
    own = {each.name for each in delay_memories(config)}
    unit = total = 0.0
    for memory in memories(config):
        mine = memory.name in own
        factor = memory.copies * (2 if double and memory.two_port else 1)
        each = place(table, memory.depth, memory.width, registers=registers if mine else None).area_um2
        if double and memory.two_port and not place(table, memory.depth, memory.width).macros:
            factor = memory.copies  # flip-flops have the ports that they need
        total += factor * each
        if mine:
            unit += factor * each
    if config.slots > 1:
        # A core without delays has accumulators as well: one slot.
        single = place(table, 1 << config.target_bits, config.accumulator_bits, registers=registers)
        unit -= config.lanes * single.area_um2
    return max(0.0, unit), total


def logic_energy_uj(cells: Mapping[str, int], library: CellLibrary, cycles: float, *,
                    clock_pj: float | None = None) -> float:  # fmt: skip
    """Energy of logic in some cycles: an estimate.

    The clock takes ``clock_pj`` a cycle; if that is not known, every clock pin is charged once a cycle (no clock
    gating). A share TOGGLES of all other inputs changes, and cells leak. Wires, and what happens inside cells but for
    ``clock_pj``, are not in it.
    """
    volts = library.voltage**2
    if clock_pj is None:
        clock_pj = volts * sum(count * library.cells[kind].clock_pf for kind, count in cells.items() if kind != MEMORY)
    inputs = sum(count * library.cells[kind].input_pf for kind, count in cells.items() if kind != MEMORY)
    leak = sum(count * library.cells[kind].leakage_nw for kind, count in cells.items() if kind != MEMORY)
    switched = (clock_pj + volts * inputs * TOGGLES / 2) * cycles * 1e-6
    return switched + leak * cycles / (CLOCK_MHZ * 1e6) * 1e-3


def flip_flop_figures(registers: CellCounts, plain: CellCounts, library: CellLibrary) -> FlipFlopFigures:
    """What a bit of a memory of flip-flops takes: a queue of REGISTER_QUEUE less the same without its memory.

    In an access a share TOGGLES of the inputs changes, as in other logic in a cycle.
    """
    bits = REGISTER_QUEUE[0] * REGISTER_QUEUE[1]
    with_them, without = registers.within("registers"), plain.within("no_registers")

    def pf(cells: Mapping[str, int], name: str) -> float:
        return sum(count * getattr(library.cells[kind], name) for kind, count in cells.items() if kind != MEMORY)

    volts = library.voltage**2
    return {
        "area_um2": (area(with_them, library) - area(without, library)) / bits,
        "clock_pj": volts * (pf(with_them, "clock_pf") - pf(without, "clock_pf")) / bits,
        "access_pj": volts * (pf(with_them, "input_pf") - pf(without, "input_pf")) / bits * TOGGLES / 2,
    }


def share_record(share: Share) -> ShareRecord:
    """Fit for JSON."""
    return {
        "memories": share.memories,
        "unit_logic_um2": share.unit_logic,
        "unit_memory_um2": share.unit_memory,
        "core_um2": share.core,
        "share": share.value,
    }
