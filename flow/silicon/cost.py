"""What a unit costs for given samples: cycles, memory in use, accesses, area of memories, energy."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from flow.silicon.macros import MacroTable, Placement, place
from flow.silicon.memories import MemoryShape, delay_memories, memories
from model.config import CoreConfig, DelayUnit
from model.cost.accesses import Accesses, AccessModel, MemoryName
from model.cost.cycles import CycleModel
from model.encoding import Raster, to_events
from model.image.image import Image

CLOCK_MHZ = 100.0
"""The clock that leakage and time are given for."""


@dataclass(frozen=True, kw_only=True)
class UnitRun:
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
    """Most accumulators that wait for a later step (ring)."""
    lost: int
    """Events that found a queue full, in all samples. If any did, only the cycles and words are those with the loss."""

    @property
    def stalls(self) -> float:
        """Cycles of the synapse phase that issue no word, per step."""
        return (self.synapse_cycles - self.words) / max(1, self.steps)

    @property
    def provisioned_bits(self) -> int:
        """Bits that delays add to a core: queue, history, or the ring's slots but one.

        The delay memory as built (``CoreConfig.delay_memory_bits``) less the accumulators that any core has.
        """
        total = self.config.delay_memory_bits
        return total - self.config.with_unit(DelayUnit.SCDQ1, 1).delay_memory_bits + self.config.queue_entry_bits

    @property
    def used_bits(self) -> int:
        """Most bits of it that ever held something."""
        match self.config.delay_unit:
            case DelayUnit.RING:
                return self.slots_peak * self.config.accumulator_bits
            case DelayUnit.BITMAP:
                return self.held_peak
            case _:
                # Each of the two queues of the SCDQ comes to hold the peak.
                copies = 2 if self.config.delay_unit is DelayUnit.SCDQ else 1
                return copies * self.held_peak * self.config.queue_entry_bits

    @property
    def moved(self) -> tuple[float, float]:
        """Writes and reads of the queue or history; of the ring, of accumulators for later steps: none are moved."""
        reads, writes = 0.0, 0.0
        for name in (MemoryName.QUEUE, MemoryName.HISTORY):
            more = self.accesses.get(name, (0.0, 0.0))
            reads, writes = reads + more[0], writes + more[1]
        return writes, reads


def run_unit(
    image: Image, config: CoreConfig, events: Sequence[Raster], spikes: Sequence[Raster]
) -> UnitRun:  # fmt: skip
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

    return UnitRun(
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


def memory_costs(run: UnitRun, table: MacroTable) -> list[MemoryCost]:
    """Area and energy per inference of every memory of a core, from exact accesses and the table of macros."""
    seconds = run.cycles / (CLOCK_MHZ * 1e6)
    costs = []
    for shape in memories(run.config):
        reads, writes = run.accesses[shape.name]
        on = place(table, shape.depth, shape.width)
        costs.append(
            MemoryCost(
                shape=shape,
                placement=on,
                read_uj=reads * on.read_pj * 1e-6,
                write_uj=writes * on.write_pj * 1e-6,
                clock_uj=shape.copies * run.cycles * on.clock_pj * 1e-6,
                leakage_uj=shape.copies * on.leakage_nw * seconds * 1e-3,
            )
        )
    return costs


def delay_area(config: CoreConfig, table: MacroTable) -> float:
    """Area of the memories that a unit adds to a core, um2: the queue or history, or what the ring's accumulators take
    more than those of one slot."""
    area = sum(each.copies * place(table, each.depth, each.width).area_um2 for each in delay_memories(config))
    if config.delay_unit is DelayUnit.RING:
        single = config.lanes * place(table, 1 << config.target_bits, config.accumulator_bits).area_um2
        area = max(0.0, area - single)
    return area
