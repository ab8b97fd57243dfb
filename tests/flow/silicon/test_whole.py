# SPDX-License-Identifier: Apache-2.0
"""flow.silicon.whole: cells of a design, and macros of all its memories."""

from pathlib import Path
from typing import Any

import pytest

from flow.silicon.cells import CellCounts
from flow.silicon.jobs import Job
from flow.silicon.joints import joint_memories
from flow.silicon.liberty import Cell, CellLibrary
from flow.silicon.macros import load_table, place
from flow.silicon.memories import memories
from flow.silicon.whole import all_memories, whole_areas
from model.config import CoreConfig, Protection, preset
from model.fabric.config import FabricConfig

NAND = Cell(area_um2=2.0, leakage_nw=0.0, input_pf=0.0, clock_pf=0.0)


class Fake:
    """Stands in for synthesis: seven gates whatever is asked for."""

    def __init__(self) -> None:
        self.jobs: list[Job] = []

    def run(self, jobs: list[Job], count: int) -> None:
        assert count == 3
        self.jobs += jobs

    def cells(self, *_: Any) -> CellCounts:
        return CellCounts(modules={"core": {"nand": 4}, "core.delay": {"nand": 3}})


def test_area_of_cores_by_what_guards_them() -> None:
    library = CellLibrary(name="made up", voltage=1.2, cells={"nand": NAND})
    table, silicon = load_table(None), Fake()
    builds: list[CoreConfig | FabricConfig] = [preset("tiny", protection=kind) for kind in Protection]
    designs = [(each, "core_scdq") for each in builds]
    found = whole_areas(designs, Path("a.lib"), library, table, silicon=silicon, jobs=3)  # type: ignore[arg-type]
    assert [job.config for job in silicon.jobs] == builds
    assert [each.logic_um2 for each in found] == [14.0] * 3
    areas = [each.memories_um2 for each in found]
    assert areas == sorted(areas), "check bits take room"
    assert areas[0] == pytest.approx(
        sum(each.copies * place(table, each.depth, each.width).area_um2 for each in memories(preset("tiny")))
    )


def test_memories_of_a_fabric() -> None:
    core = preset("tiny")
    fabric = FabricConfig(cores=(core, core), routes=4, axons=4)
    assert all_memories(core) == memories(core)
    assert len(all_memories(fabric)) == 2 * (len(memories(core)) + len(joint_memories(fabric)))
