# SPDX-License-Identifier: Apache-2.0
"""Area of a whole core or fabric on silicon: its standard cells, and the macros of its memories."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from flow.silicon.jobs import Job, Silicon
from flow.silicon.joints import joint_memories
from flow.silicon.liberty import CellLibrary
from flow.silicon.macros import MacroTable, place
from flow.silicon.memories import memories
from model.config import CoreConfig
from model.cost.memories import MemoryShape
from model.fabric.config import FabricConfig


@dataclass(frozen=True, kw_only=True)
class WholeArea:
    """Area of a design, um2."""

    logic_um2: float
    """Standard cells, flip-flops included."""
    memories_um2: float
    """Each memory on the smallest macros that hold it, or as flip-flops where those are smaller."""


def whole_areas(designs: Sequence[tuple[CoreConfig | FabricConfig, str]], liberty: Path, library: CellLibrary,
                table: MacroTable, *, silicon: Silicon, jobs: int) -> list[WholeArea]:  # fmt: skip
    """The area of each of some builds and designs, synthesised ``jobs`` at a time. Raises BuildError."""
    silicon.run([Job(design=name, config=config, liberty=liberty) for config, name in designs], jobs)
    return [
        WholeArea(
            logic_um2=sum(silicon.cells(name, config, liberty).areas(library).values()),
            memories_um2=sum(
                each.copies * place(table, each.depth, each.width).area_um2 for each in all_memories(config)
            ),
        )
        for config, name in designs
    ]


def all_memories(config: CoreConfig | FabricConfig) -> list[MemoryShape]:
    """Every memory of a core; of a fabric those of all its cores, and what joins them."""
    if isinstance(config, CoreConfig):
        return memories(config)
    return [each for core in config.cores for each in (*memories(core), *joint_memories(config))]
