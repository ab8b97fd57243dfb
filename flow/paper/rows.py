# SPDX-License-Identifier: Apache-2.0
"""One row of the table: a network on one core or several with one delay unit, played in RTL, with what it costs."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from flow.run.recordings import Samples
from flow.run.report import run_record
from flow.run.simulate import INPUT_DEPTH, simulate
from flow.silicon.cost import MemoryCost, memory_cost, memory_costs, run_unit
from flow.silicon.joints import core_events, joint_accesses, joint_memories
from flow.silicon.macros import MacroTable
from model.config import CoreConfig, DelayUnit
from model.encoding import to_events
from model.fabric.bundle import Bundle
from model.fabric.config import FabricConfig
from model.fabric.cycles import FabricCycleModel
from model.fabric.mapping import deal_out
from model.image.image import Image
from model.network import IntArray
from model.result import Result
from support.errors import InputError
from tb.core.bench import CoreBench
from tb.fabric.bench import FabricBench

COST_SAMPLES = 100
"""Samples, spread over all of them, whose accesses to memory are counted; exactly, but slowly."""


@dataclass(frozen=True, kw_only=True)
class Costs:
    """Memories of a build and their energy in an inference."""

    memory_bits: int
    memory_area_um2: float
    read_uj: float
    write_uj: float
    clock_uj: float
    leakage_uj: float
    delay_uj: float
    """Part of the sum that the memories of the delay unit alone take."""
    macros: dict[str, str]
    """What each memory of a core is made of; the first core's, of a fabric."""

    @property
    def energy_uj(self) -> float:
        """Of all memories."""
        return self.read_uj + self.write_uj + self.clock_uj + self.leakage_uj


def spread_over(image: Image, cores: int) -> Image | Bundle:
    """The network on so many cores, dealt out as ``make sim CORES=N`` does."""
    return image if cores == 1 else deal_out(image, cores)


def build_config(loaded: Image | Bundle, unit: DelayUnit) -> CoreConfig | FabricConfig:
    """The build that is played and measured."""
    return loaded.config([unit], input_depth=INPUT_DEPTH) if isinstance(loaded, Bundle) else loaded.config(unit)


def play(loaded: Image | Bundle, config: CoreConfig | FabricConfig, samples: Samples, golden: Result, *,
         jobs: int) -> dict[str, Any]:  # fmt: skip
    """The samples in RTL, against the golden model and the cycle model; fit for JSON.

    Raises InputError for a difference: a table of a design that does not do what it should is worth nothing.
    """
    bench: CoreBench | FabricBench
    if isinstance(config, FabricConfig):
        bench = FabricBench(config, backend="native", fast=True)
    else:
        bench = CoreBench(config, backend="native", fast=True)
    run = simulate(bench, loaded, samples, golden, jobs=jobs)
    if run.failure:
        raise InputError(f"RTL and models differ: {run.failure}")
    predicted = np.array([each.outcome.result.predicted for each in run.checked]).ravel()
    return {**asdict(run_record(run)), "agreement": float((predicted == golden.predicted).mean())}


def spread(count: int) -> IntArray:
    """The numbers of COST_SAMPLES of so many samples, evenly spread."""
    return np.unique(np.linspace(0, count - 1, COST_SAMPLES).astype(np.int64))


def costs(loaded: Image | Bundle, config: CoreConfig | FabricConfig, samples: Samples, golden: Result,
          table: MacroTable) -> Costs:  # fmt: skip
    """The memories of a build on the macros that cost least in energy times area, with their exact accesses."""
    chosen = spread(len(samples))
    events, spikes = list(samples.rasters[chosen]), list(golden.spikes[chosen])
    if isinstance(config, FabricConfig):
        assert isinstance(loaded, Bundle)
        found = _fabric_costs(loaded, config, events, spikes, table)
    else:
        assert isinstance(loaded, Image)
        run = run_unit(loaded, config, events, [fired[:, loaded.order] for fired in spikes])
        found = [memory_costs(run, table, by_energy=True)]
    every = [cost for core in found for cost in core]
    own = {memory.name for memory in _core(config).spec.memories(_core(config))}
    return Costs(
        memory_bits=sum(cost.shape.bits for cost in every),
        memory_area_um2=sum(cost.area_um2 for cost in every),
        read_uj=sum(cost.read_uj for cost in every),
        write_uj=sum(cost.write_uj for cost in every),
        clock_uj=sum(cost.clock_uj for cost in every),
        leakage_uj=sum(cost.leakage_uj for cost in every),
        delay_uj=sum(cost.energy_uj for cost in every if cost.shape.name in own),
        macros={str(cost.shape.name): cost.placement.text for cost in found[0]},
    )


def _core(config: CoreConfig | FabricConfig) -> CoreConfig:
    return config.cores[0] if isinstance(config, FabricConfig) else config


def _fabric_costs(bundle: Bundle, config: FabricConfig, events: Sequence[Any], spikes: Sequence[Any],
                  table: MacroTable) -> list[list[MemoryCost]]:  # fmt: skip
    """Of each core in use: its memories, and those that join it to the others."""
    model = FabricCycleModel(bundle, config)
    played = [model.sample(to_events(a), bundle.fired(b)) for a, b in zip(events, spikes, strict=True)]
    cycles = sum(each.cycles for each in played) / len(played)
    found = []
    for core, image in enumerate(bundle.images):
        own = [core_events(bundle, core, a, b) for a, b in zip(events, spikes, strict=True)]
        run = run_unit(image, config.cores[core], own, [b[:, bundle.neurons(core)] for b in spikes])
        mine = memory_costs(replace(run, cycles=cycles), table, by_energy=True)
        asked = [
            joint_accesses(bundle, core, a, b, each.ring_tokens)
            for a, b, each in zip(events, spikes, played, strict=True)
        ]
        for shape in joint_memories(config):
            reads = sum(each[shape.name].reads for each in asked) / len(asked)
            writes = sum(each[shape.name].writes for each in asked) / len(asked)
            mine.append(memory_cost(shape, (reads, writes), cycles, table, by_energy=True))
        found.append(mine)
    return found
