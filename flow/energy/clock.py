# SPDX-License-Identifier: Apache-2.0
"""Energy of the clock in a netlist of standard cells, behind gates that are open in part of the cycles."""

from collections.abc import Mapping

from flow.energy.gated import Shares
from flow.silicon.cells import MEMORY, CellCounts
from flow.silicon.liberty import CellLibrary
from flow.silicon.power import CellPower


def clock_pj(counts: CellCounts, path: str, shares: Shares, when: str, *, library: CellLibrary,
             power: Mapping[str, CellPower], deep: bool = True) -> float:  # fmt: skip
    """The clock of a module in a cycle on average, pJ: every pin that it reaches, and what cells use inside for it.

    ``shares`` says how often each gate is open, ``when`` in which cycles: of a phase, or all. A gate's own clock pin
    ticks in each, its output with the flip-flops behind it. ``deep``: with the modules inside.
    """
    cells = counts.within(path) if deep else counts.modules[path]
    found = sum(count * tick_pj(kind, library, power) for kind, count in cells.items() if kind != MEMORY)
    for gate, each in counts.gates.items():
        if gate.startswith(f"{path}.") and (deep or "." not in gate[len(path) + 1 :]):
            behind = sum(count * tick_pj(kind, library, power) for kind, count in each.flip_flops.items())
            share = shares[gate].get(when, 0.0)
            found += share * each.cells * 2 * power[counts.gate].output_pj - (1 - share) * behind
    return found


def tick_pj(kind: str, library: CellLibrary, power: Mapping[str, CellPower]) -> float:
    """A cell in a cycle of its clock; 0 if it has none."""
    return library.voltage**2 * library.cells[kind].clock_pf + power[kind].clock_pj
