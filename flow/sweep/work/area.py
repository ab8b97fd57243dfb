# SPDX-License-Identifier: Apache-2.0
"""A core on an FPGA."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from flow.sweep.kinds import Area
from flow.sweep.work.build import built
from flow.synthesis.ecp5 import synthesise
from flow.synthesis.verilog import designs


def measure(options: Area, folder: Path) -> dict[str, Any]:
    """Area and clock of the core; netlists and logs stay in ``folder``."""
    image = built(options)
    config = image.config(options.unit)
    name = f"core_{config.delay_unit}"
    area = synthesise(designs(config)[name](), name, folder)
    return {**asdict(area), "delay_memory_bits": config.delay_memory_bits, "image_bytes": len(image.to_bytes())}
