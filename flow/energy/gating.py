# SPDX-License-Identifier: Apache-2.0
"""What the clock of a block would take behind gates: an estimate, for no such gate is in the RTL.

Two kinds. *Blocks*: the clock of a block stands still where the block has nothing to do, and in each cycle in which
none of its nets changes. *Registers*: behind that, the registers of a word have a gate of their own, which opens when
some bit of the word changes. Gates are cells of the library, paid for as it says; what decides when they open is not.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil

from flow.energy.activity import Phase
from flow.silicon.cells import MEMORY
from flow.silicon.liberty import CellLibrary
from flow.silicon.power import CellPower

WORK = {"loader": frozenset[Phase](), "neurons": frozenset({Phase.NEURONS, Phase.END})}
"""The phases in which a block has something to do; all, if it is not named. The loader is done before an inference."""
BLOCK_FAN_OUT, REGISTER_FAN_OUT = 32, 8
"""Flip-flops behind a gate: of a block, and of words."""


@dataclass(frozen=True, kw_only=True)
class Gate:
    """A gate for a clock, in pJ a cycle."""

    closed_pj: float
    """Its own clock pin, in each cycle."""
    open_pj: float
    """Its output, besides, in a cycle in which the clock passes."""


def cheapest_gate(library: CellLibrary, power: Mapping[str, CellPower]) -> Gate | None:
    """The gate of a library that takes least; None if it has none."""
    gates = [
        Gate(closed_pj=library.voltage**2 * library.cells[kind].clock_pf + each.clock_pj, open_pj=2 * each.output_pj)
        for kind, each in power.items()
        if each.gates_clock
    ]
    return min(gates, key=lambda gate: gate.closed_pj + gate.open_pj, default=None)


@dataclass(frozen=True, kw_only=True)
class GatedClock:
    """The clock of a block in a phase, in pJ a cycle."""

    block_pj: float
    """With gates for the block."""
    register_pj: float
    """With gates for words behind them."""


def gated_clock(block: str, phase: Phase, cells: Mapping[str, int], *, tick_pj: float, idle_share: float,
                moved_share: float, gate: Gate | None, library: CellLibrary) -> GatedClock:  # fmt: skip
    """A block whose flip-flops take ``tick_pj`` a cycle without gates.

    ``moved_share``: of its bits, how many need a clock, on average. Never more than without gates: a block that would
    not gain has none.
    """
    if gate is None:
        return GatedClock(block_pj=tick_pj, register_pj=tick_pj)
    flip_flops = sum(count for kind, count in cells.items() if kind != MEMORY and library.cells[kind].clock_pf > 0)
    runs = 0.0 if phase not in WORK.get(block, Phase) else 1 - idle_share
    roots, leaves = ceil(flip_flops / BLOCK_FAN_OUT), ceil(flip_flops / REGISTER_FAN_OUT)
    root_pj = roots * (gate.closed_pj + runs * gate.open_pj)
    by_block = root_pj + runs * tick_pj
    moved = min(moved_share, runs)
    by_register = root_pj + runs * leaves * gate.closed_pj + moved * (tick_pj + leaves * gate.open_pj)
    by_block = min(tick_pj, by_block)
    return GatedClock(block_pj=by_block, register_pj=min(by_block, by_register))
