# SPDX-License-Identifier: Apache-2.0
"""What a unit costs for given samples: cycles, memory in use, accesses, area of memories, energy."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from flow.silicon.macros import MacroTable, Placement, Use, place, place_for
from flow.silicon.memories import delay_memories, memories
from model.config import CoreConfig
from model.cost.accesses import AccessModel
from model.cost.cycles import CycleModel
from model.cost.memories import Accesses, MemoryName, MemoryShape
from model.delay.spec import Holds
from model.encoding import Raster, to_events
from model.image.image import Image

CLOCK_MHZ = 100.0
"""The clock that leakage and time are given for."""


@dataclass(frozen=True, kw_only=True)
class UnitFigures:
    """Exact figures of one unit over some samples; the means are those of an inference."""

    config: CoreConfig
    steps: int
    """Steps of a sample."""
    cycles: float
    synapse_cycles: float
    words: float
    operations: float
    word_rate: float
    """Cycles that issue a synapse word / cycles of the synapse phases."""
    lane_fill: float
    """Weights added / (lanes * words)."""
    accesses: dict[MemoryName, tuple[float, float]]
    """Reads and writes."""
    held_peak: int
    """Most events held over an end of step."""
    slots_peak: int
    """Most accumulators that wait for a later step; 0 with one slot."""
    lost: int
    """Events that found a queue full, in all samples. If any did, only the cycles and words are those with the loss."""

    @property
    def stalls(self) -> float:
        """Cycles of the synapse phase that issue no word, per step."""
        return (self.synapse_cycles - self.words) / max(1, self.steps)

    @property
    def provisioned_bits(self) -> int:
        """Bits that delays add to a core: queue, history, or the slots but one.

        The delay memory as built (``CoreConfig.delay_memory_bits``) less the accumulators that any core has.
        """
        return self.config.delay_memory_bits - self.config.accumulator_memory_bits(1)

    @property
    def used_bits(self) -> int:
        """Most bits of it that ever held something."""
        config = self.config
        waiting = self.slots_peak * config.accumulator_bits
        if config.spec.holds is not Holds.EVENTS:
            return waiting + self.held_peak  # a bit of a history is a spike
        # Each of two queues comes to hold the peak.
        return waiting + sum(each.copies * self.held_peak * each.width for each in config.spec.memories(config))

    @property
    def moved(self) -> tuple[float, float]:
        """Writes and reads of the queue or history; of the ring, of accumulators for later steps: none are moved."""
        reads, writes = 0.0, 0.0
        for name in (MemoryName.QUEUE, MemoryName.HISTORY):
            more = self.accesses.get(name, (0.0, 0.0))
            reads, writes = reads + more[0], writes + more[1]
        return writes, reads


def tight(run: UnitFigures) -> CoreConfig:
    """The same build with queues just deep enough for the most events that the run held."""
    return replace(run.config, queue_depth=max(1, run.held_peak)) if run.config.delay_unit.has_queues else run.config


def run_unit(
    image: Image, config: CoreConfig, events: Sequence[Raster], spikes: Sequence[Raster]
) -> UnitFigures:  # fmt: skip
    """Exact figures of samples by the models.

    ``events`` and ``spikes`` of each sample: shape (steps, axons) and (steps, neurons) by hardware address.
    """
    cycle_model, access_model = CycleModel(image, config), AccessModel(image, config)
    cycles, accesses = [], []
    for raster, fired in zip(events, spikes, strict=True):
        cycles.append(cycle_model.sample(to_events(raster), to_events(fired)))
        accesses.append(access_model.sample(raster, fired))
    if any(
        cost.synapse_words != access.words and not cost.lost_events
        for cost, access in zip(cycles, accesses, strict=True)
    ):
        raise AssertionError("cycle model and access model disagree about synapse words")
    words = sum(each.words for each in accesses)
    operations = sum(each.operations for each in accesses)
    count = len(events)

    def mean(name: MemoryName) -> tuple[float, float]:
        each = [sample.memories.get(name, Accesses(reads=0, writes=0)) for sample in accesses]
        return float(np.mean([one.reads for one in each])), float(np.mean([one.writes for one in each]))

    return UnitFigures(
        config=config,
        steps=len(events[0]),
        cycles=sum(each.cycles for each in cycles) / count,
        synapse_cycles=sum(each.synapse_cycles for each in cycles) / count,
        words=words / count,
        operations=operations / count,
        word_rate=words / max(1, sum(each.synapse_cycles for each in cycles)),
        lane_fill=operations / max(1, config.lanes * words),
        accesses={memory.name: mean(memory.name) for memory in memories(config)},
        held_peak=max(each.held_peak for each in accesses),
        slots_peak=max(each.slots_peak for each in accesses),
        lost=sum(each.lost_events for each in cycles),
    )


@dataclass(frozen=True, kw_only=True)
class MemoryCost:
    """One memory of a build on silicon, and its energy in an inference."""

    shape: MemoryShape
    placement: Placement
    """Of one copy."""
    read_uj: float
    write_uj: float
    clock_uj: float
    leakage_uj: float

    @property
    def area_um2(self) -> float:
        """Of all copies."""
        return self.shape.copies * self.placement.area_um2

    @property
    def energy_uj(self) -> float:
        """Per inference."""
        return self.read_uj + self.write_uj + self.clock_uj + self.leakage_uj


def memory_costs(run: UnitFigures, table: MacroTable, *, by_energy: bool = False) -> list[MemoryCost]:
    """Area and energy per inference of every memory of a core, from exact accesses and the table of macros.

    ``by_energy``: on the macros that cost least in energy times area; else in area.
    """
    return [memory_cost(shape, run.accesses[shape.name], run.cycles, table, by_energy=by_energy)
            for shape in memories(run.config)]  # fmt: skip


def memory_cost(shape: MemoryShape, accesses: tuple[float, float], cycles: float, table: MacroTable, *,
                by_energy: bool = False) -> MemoryCost:  # fmt: skip
    """Area and energy per inference of a memory. ``accesses``: reads and writes of all its copies together."""
    seconds = cycles / (CLOCK_MHZ * 1e6)
    reads, writes = accesses
    one = Use(reads=reads / shape.copies, writes=writes / shape.copies, cycles=cycles, seconds=seconds)
    on = place_for(table, shape.depth, shape.width, one) if by_energy else place(table, shape.depth, shape.width)
    return MemoryCost(
        shape=shape,
        placement=on,
        read_uj=reads * on.read_pj * 1e-6,
        write_uj=writes * on.write_pj * 1e-6,
        clock_uj=shape.copies * cycles * on.clock_pj * 1e-6,
        leakage_uj=shape.copies * on.leakage_nw * seconds * 1e-3,
    )


def delay_area(config: CoreConfig, table: MacroTable) -> float:
    """Area of the memories that a unit adds to a core, um2: its queue or history, and what the accumulators take more
    than those of one slot."""
    area = 0.0
    for each in delay_memories(config):
        own = each.copies * place(table, each.depth, each.width).area_um2
        if each.name is MemoryName.ACCUMULATORS:
            single = each.copies * place(table, 1 << config.target_bits, each.width).area_um2
            own = max(0.0, own - single)
        area += own
    return area
