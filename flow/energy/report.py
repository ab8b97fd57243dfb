# SPDX-License-Identifier: Apache-2.0
"""The report of an inference's energy: measured, estimated, put together."""

import hashlib
import tempfile
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from flow.energy.activity import Activity, BlockActivity, Phase, read_activity
from flow.energy.estimate import Part, logic_parts, memory_parts, merged, phase_cycles
from flow.energy.gated import recorded_gates
from flow.run.recordings import Samples
from flow.silicon.cache import Results, design_digest
from flow.silicon.cells import MEMORY, CellCounts, area
from flow.silicon.cost import CLOCK_MHZ, run_unit
from flow.silicon.jobs import Job, Silicon
from flow.silicon.liberty import CellLibrary, read_cells
from flow.silicon.macros import load_table
from flow.silicon.power import read_power
from model.batch import GoldenBatch
from model.config import CoreConfig
from model.encoding import Raster, to_events
from model.image.image import Image
from support.files import make_folder
from tb.core.bench import CoreBench
from tb.player.harness import DUT

AIM_UJ = 10.0
"""What an inference of the 4-bit network is to cost, all in."""
KINDS = ("memory_uj", "logic_uj", "clock_uj", "leakage_uj")


def measure(image: Image, config: CoreConfig, samples: Samples, *, liberty: Path | None, work: Path,
            progress: Callable[[str], None] = lambda _: None) -> dict[str, Any]:  # fmt: skip
    """The content of energy.json.

    Accesses and cycles are exact and means over all samples. The activity is that of the first one, recorded in
    simulation. Without ``liberty`` there are memories alone. Raises InputError, BuildError, SimulationError.
    """
    library = None if liberty is None else read_cells(liberty)
    progress("accesses and cycles by the models")
    golden = GoldenBatch(image.network()).run(samples.rasters)
    run = run_unit(image, config, list(samples.rasters), [fired[:, image.order] for fired in golden.spikes])
    progress("activity: a recording in simulation, with a waveform")
    activity = recorded(image, config, samples.rasters[0], Results(work / "results"), work)
    cycles = phase_cycles(run, activity)
    cells = None
    parts = memory_parts(run, cycles, load_table(None))
    if liberty is not None and library is not None:
        progress("standard cells: yosys")
        silicon, design = Silicon(work), f"core_{config.delay_unit}"
        silicon.run([Job(design=design, config=config, liberty=liberty, gated=True)], 1)
        counts = silicon.cells(design, config, liberty, gated=True)
        progress("clock gates: the recording through the netlist")
        shares = recorded_gates(image, config, samples.rasters[0], counts=counts, design=design, liberty=liberty,
                                work=work)  # fmt: skip
        parts += logic_parts(
            counts, design, activity, shares, cycles=cycles, library=library, power=read_power(liberty)
        )
        cells = cell_summary(counts, design, library)
    return {**content(merged(parts), cycles, samples=len(samples), library=library.name if library else None),
            "cells": cells}  # fmt: skip


def cell_summary(counts: CellCounts, design: str, library: CellLibrary) -> dict[str, float]:
    """Flip-flops of a netlist, those behind clock gates, the gates and area."""
    cells = {kind: count for kind, count in counts.within(design).items() if kind != MEMORY}
    clocked = sum(count for kind, count in cells.items() if library.cells[kind].clock_pf and kind != counts.gate)
    return {
        "flip_flops": clocked,
        "gated_flip_flops": sum(sum(gate.flip_flops.values()) for gate in counts.gates.values()),
        "gates": sum(gate.cells for gate in counts.gates.values()),
        "area_um2": area(cells, library),
    }


def content(parts: list[Part], cycles: dict[Phase, float], *, samples: int, library: str | None) -> dict[str, Any]:
    """What the report says of its parts: each of them, sums by block, phase and kind, and how the aim was met."""
    total = sum(part.total_uj for part in parts)
    return {
        "samples": samples,
        "library": library,
        "clock_mhz": CLOCK_MHZ,
        "cycles": {str(phase): count for phase, count in cycles.items()},
        "total_uj": total,
        "ungated_total_uj": total + sum(part.ungated_clock_uj - part.clock_uj for part in parts),
        "aim_uj": AIM_UJ,
        "aim_met": total <= AIM_UJ if library else None,
        "by_kind": {kind: sum(getattr(part, kind) for part in parts) for kind in KINDS},
        "by_phase": {str(phase): sum(part.total_uj for part in parts if part.phase == phase) for phase in Phase},
        "by_block": {
            block: sum(part.total_uj for part in parts if part.block == block)
            for block in sorted({part.block for part in parts})
        },
        "parts": [{**asdict(part), "phase": str(part.phase), "total_uj": part.total_uj} for part in parts],
    }


def recorded(image: Image, config: CoreConfig, raster: Raster, results: Results, work: Path) -> Activity:
    """The activity of one recording, kept by all that decides it; the waveform, some hundred MB, is not."""

    def make() -> Any:
        make_folder(work)
        with tempfile.TemporaryDirectory(dir=work) as folder:
            waves = Path(folder) / "core.vcd.gz"
            bench = CoreBench(config, waves=waves, backend="native")
            for _ in bench.play(image, [to_events(raster)]):
                pass
            return asdict(read_activity(waves, DUT))

    data = hashlib.sha256(image.to_bytes() + raster.tobytes()).hexdigest()
    kept = results.get(make, "activity of nets", design_digest(), asdict(config), data)
    return Activity(
        cycles={Phase(phase): count for phase, count in kept["cycles"].items()},
        blocks={
            name: BlockActivity(
                bits=block["bits"],
                toggles={Phase(phase): count for phase, count in block["toggles"].items()},
                idle={Phase(phase): count for phase, count in block["idle"].items()},
            )
            for name, block in kept["blocks"].items()
        },
    )
