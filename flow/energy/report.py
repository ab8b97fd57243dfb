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
from flow.run.recordings import Samples
from flow.silicon.cache import Results, design_digest
from flow.silicon.cost import CLOCK_MHZ, run_unit
from flow.silicon.jobs import Job, Silicon
from flow.silicon.liberty import read_cells
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
    parts = memory_parts(run, cycles, load_table(None))
    if liberty is not None and library is not None:
        progress("standard cells: yosys")
        silicon, design = Silicon(work), f"core_{config.delay_unit}"
        silicon.run([Job(design=design, config=config, liberty=liberty)], 1)
        counts = silicon.cells(design, config, liberty)
        parts += logic_parts(counts, design, activity, cycles=cycles, library=library, power=read_power(liberty))
    return content(merged(parts), cycles, samples=len(samples), library=library.name if library else None)


def content(parts: list[Part], cycles: dict[Phase, float], *, samples: int, library: str | None) -> dict[str, Any]:
    """What the report says of its parts: each of them, sums by block, phase and kind, and how the aim was met."""
    total = sum(part.total_uj for part in parts)
    saved, saved_fine = (
        sum(part.clock_uj - each(part) for part in parts)
        for each in (lambda part: part.gated_clock_uj, lambda part: part.fine_clock_uj)
    )
    return {
        "samples": samples,
        "library": library,
        "clock_mhz": CLOCK_MHZ,
        "cycles": {str(phase): count for phase, count in cycles.items()},
        "total_uj": total,
        "gated_total_uj": total - saved,
        "fine_total_uj": total - saved_fine,
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
    kept = results.get(make, "activity and nets moved", design_digest(), asdict(config), data)
    return Activity(
        cycles={Phase(phase): count for phase, count in kept["cycles"].items()},
        blocks={
            name: BlockActivity(
                bits=block["bits"],
                toggles={Phase(phase): count for phase, count in block["toggles"].items()},
                idle={Phase(phase): count for phase, count in block["idle"].items()},
                moved={Phase(phase): count for phase, count in block["moved"].items()},
            )
            for name, block in kept["blocks"].items()
        },
    )
