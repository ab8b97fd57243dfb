# SPDX-License-Identifier: Apache-2.0
"""The part of energy: blocks and phases add up to the whole, what was not estimated is not there."""

import json
from pathlib import Path

from flow.energy.activity import Phase
from flow.energy.estimate import Part
from flow.energy.report import content
from flow.page.measured import measured_parts
from flow.page.parts import Part as PagePart

PARTS = [
    Part(block="neurons", phase=Phase.SYNAPSES, clock_uj=1.0, ungated_clock_uj=1.5),
    Part(block="neurons", phase=Phase.NEURONS, memory_uj=0.5, logic_uj=0.25, clock_uj=0.75, ungated_clock_uj=0.75),
    Part(block="synapses", phase=Phase.SYNAPSES, memory_uj=4.0, logic_uj=2.0, clock_uj=1.4, ungated_clock_uj=1.4,
         leakage_uj=0.1),
]  # fmt: skip
CYCLES = {Phase.SYNAPSES: 800.5, Phase.NEURONS: 150.0, Phase.END: 9.0}


def shown(folder: Path, parts: list[Part], library: str | None) -> PagePart:
    found = content(parts, CYCLES, samples=20, library=library)
    found |= {"image": "a.chx", "dataset": "words", "unit": "ring", "made": {"command": "chronaxie energy"}}
    (folder / "energy.json").write_text(json.dumps(found))
    [part] = [each for each in measured_parts(folder) if each.ran]
    return part


def test_energy(tmp_path: Path) -> None:
    part = shown(tmp_path, PARTS, "cells")
    blocks, phases = part.grids
    assert blocks.rows == (
        ("synapses", "4.000", "2.000", "1.400", "0.100", "7.500", "75.0 %"),
        ("neurons", "0.500", "0.250", "1.750", "0.000", "2.500", "25.0 %"),
        ("all", "4.500", "2.250", "3.150", "0.100", "10.000", "100.0 %"),
    )
    assert phases.rows == (
        ("synapses", "800.5", "4.000", "2.000", "2.400", "0.100", "8.500", "85.0 %"),
        ("neurons", "150.0", "0.500", "0.250", "0.750", "0.000", "1.500", "15.0 %"),
        ("end", "9.0", "0.000", "0.000", "0.000", "0.000", "0.000", "0.0 %"),
    )
    assert all(len(row) == len(grid.head) for grid in part.grids for row in grid.rows)
    assert "10.00 uJ an inference, the aim of 10 uJ is met; 10.50 uJ if each flip-flop" in part.text[0]
    assert part.made == {"command": "chronaxie energy"}
    [plot] = part.plots
    assert [(each["name"], each["y"], each["x"]) for each in plot.figure["data"]] == [
        ("synapses", ["synapses", "neurons"], [7.5, 1.0]),
        ("neurons", ["synapses", "neurons"], [0, 1.5]),
        ("end", ["synapses", "neurons"], [0, 0]),
    ]


def test_memories_alone(tmp_path: Path) -> None:
    """Without cells there are no columns of zeros for them, and no word on the aim."""
    part = shown(tmp_path, [Part(block="synapses", phase=Phase.SYNAPSES, memory_uj=4.0)], None)
    assert part.grids[0].head == ("block", "memories", "all", "share")
    assert part.text == ("a.chx on words, delay unit ring, 20 recordings: 4.00 uJ an inference in memories alone, "
                         "as no library of cells was given.",)  # fmt: skip
