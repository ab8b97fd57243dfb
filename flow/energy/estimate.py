# SPDX-License-Identifier: Apache-2.0
"""The energy of an inference from exact accesses, recorded activity, and the figures of a process."""

from collections.abc import Mapping
from dataclasses import dataclass

from flow.energy.activity import TOP, Activity, Phase
from flow.energy.clock import clock_pj, tick_pj
from flow.energy.gated import Shares
from flow.silicon.cells import MEMORY, CellCounts
from flow.silicon.cost import CLOCK_MHZ, UnitFigures, memory_costs
from flow.silicon.liberty import CellLibrary
from flow.silicon.macros import MacroTable
from flow.silicon.power import CellPower
from model.cost.memories import MemoryName

BLOCKS = {
    MemoryName.MASKS: "sources", MemoryName.ROWS: "synapses", MemoryName.WORDS: "synapses",
    MemoryName.ACCUMULATORS: "accumulators", MemoryName.STATES: "neurons", MemoryName.PARAMETERS: "neurons",
    MemoryName.SPIKES: "controller",
}  # fmt: skip
"""The block that holds each memory; all others are of the delay unit."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """Energy of one block in one phase of an inference, uJ."""

    block: str
    phase: Phase
    memory_uj: float = 0.0
    """Accesses and leakage."""
    logic_uj: float = 0.0
    """Cells, with the activity that was recorded."""
    clock_uj: float = 0.0
    """Flip-flops and clock gates: behind a gate, in the cycles in which it is open."""
    ungated_clock_uj: float = 0.0
    """What the flip-flops would take if each had its clock in every cycle."""
    leakage_uj: float = 0.0
    """Of cells."""
    activity: float = 0.0
    """Changes of a net in a cycle, on average."""
    idle_share: float = 0.0
    """Share of the cycles in which nothing in the block changes."""

    @property
    def total_uj(self) -> float:
        """All of it, as built."""
        return self.memory_uj + self.logic_uj + self.clock_uj + self.leakage_uj


def phase_cycles(run: UnitFigures, activity: Activity) -> dict[Phase, float]:
    """Cycles of each phase of an inference: the means of ``run``, whose end takes as long as the recorded one."""
    end = float(activity.cycles[Phase.END])
    return {
        Phase.SYNAPSES: run.synapse_cycles,
        Phase.NEURONS: run.cycles - run.synapse_cycles - end,
        Phase.END: end,
    }


def memory_parts(run: UnitFigures, cycles: Mapping[Phase, float], table: MacroTable) -> list[Part]:
    """Each memory, its accesses put to the phases that make them."""
    config = run.config
    found = []
    for cost in memory_costs(run, table, by_energy=True):
        reads, writes = run.accesses[cost.shape.name]
        dynamic = {Phase.SYNAPSES: (reads, writes)}
        match cost.shape.name:
            case MemoryName.ACCUMULATORS:
                clears = float(config.lanes * config.slots << config.target_bits)
                updates = reads - run.operations
                dynamic = {Phase.SYNAPSES: (run.operations, run.operations), Phase.NEURONS: (updates, updates),
                           Phase.END: (0.0, clears)}  # fmt: skip
            case MemoryName.STATES:
                ends = reads / (run.steps + 1)  # the read-out, and clearing, touch each neuron once
                dynamic = {Phase.NEURONS: (reads - ends, writes - ends), Phase.END: (ends, ends)}
            case MemoryName.PARAMETERS | MemoryName.SPIKES:
                dynamic = {Phase.NEURONS: (reads, writes)}
        steady = cost.clock_uj + cost.leakage_uj
        for phase, count in cycles.items():
            read, written = dynamic.get(phase, (0.0, 0.0))
            share = cost.read_uj * read / max(1.0, reads) + cost.write_uj * written / max(1.0, writes)
            found.append(
                Part(block=BLOCKS.get(cost.shape.name, "delay"), phase=phase,
                     memory_uj=share + steady * count / run.cycles)
            )  # fmt: skip
    return found


def logic_parts(counts: CellCounts, design: str, activity: Activity, shares: Shares, *, cycles: Mapping[Phase, float],
                library: CellLibrary, power: Mapping[str, CellPower]) -> list[Part]:  # fmt: skip
    """Each block's cells, with the mean activity of the nets of its RTL in each phase.

    ``shares``: of each clock gate in ``counts``, how often it is open. What gates do is the clock's, not logic's.
    """
    found = []
    inner = {path.split(".")[1] for path in counts.modules if path.startswith(f"{design}.")}
    for block in (TOP, *sorted(inner)):
        cells = counts.modules[design] if block == TOP else counts.within(f"{design}.{block}")
        cells = {kind: count for kind, count in cells.items() if kind != MEMORY}
        logic = {kind: count for kind, count in cells.items() if kind != counts.gate}
        change = _sum(logic, {kind: library.voltage**2 * library.cells[kind].input_pf / 2 + power[kind].output_pj
                              for kind in logic})  # fmt: skip
        plain = _sum(logic, {kind: tick_pj(kind, library, power) for kind in logic})
        path = design if block == TOP else f"{design}.{block}"
        leak = _sum(cells, {kind: library.cells[kind].leakage_nw for kind in cells})
        for phase, count in cycles.items():
            rate, idle = activity.rate(block, phase), activity.idle_share(block, phase)
            tick = clock_pj(counts, path, shares, phase, library=library, power=power, deep=block != TOP)
            found.append(
                Part(
                    block=block, phase=phase, logic_uj=rate * count * change * 1e-6, clock_uj=count * tick * 1e-6,
                    ungated_clock_uj=count * plain * 1e-6,
                    leakage_uj=leak * count / (CLOCK_MHZ * 1e6) * 1e-3, activity=rate, idle_share=idle,
                )
            )  # fmt: skip
    return found


def _sum(cells: Mapping[str, int], each: Mapping[str, float]) -> float:
    return sum(count * each[kind] for kind, count in cells.items())


def merged(parts: list[Part]) -> list[Part]:
    """One part for each block and phase."""
    found: dict[tuple[str, Phase], Part] = {}
    for part in parts:
        key = part.block, part.phase
        other = found.get(key)
        if other is None:
            found[key] = part
            continue
        found[key] = Part(
            block=part.block, phase=part.phase,
            **{name: getattr(part, name) + getattr(other, name)
               for name in ("memory_uj", "logic_uj", "clock_uj", "ungated_clock_uj", "leakage_uj")},
            activity=max(part.activity, other.activity), idle_share=max(part.idle_share, other.idle_share),
        )  # fmt: skip
    return sorted(found.values(), key=lambda part: (part.block, [*Phase].index(part.phase)))
