# SPDX-License-Identifier: Apache-2.0
"""What the delay units and the core cost on an FPGA, side by side."""

from collections.abc import Iterator, Sequence
from concurrent.futures import as_completed
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.table import Table

from flow.synthesis.ecp5 import DEVICE, Area, synthesise
from flow.synthesis.verilog import designs
from model.config import CoreConfig
from support.console import name_column
from support.jobs import threads


@dataclass(frozen=True, kw_only=True)
class DesignArea:
    """The area of one design of one build."""

    design: str
    """``delay_<unit>``, the presynaptic stage alone, or ``core_<unit>``."""
    config: CoreConfig
    area: Area


def measure(configs: Sequence[CoreConfig], folder: Path, jobs: int) -> Iterator[DesignArea]:
    """Synthesise and route every design of some builds ``jobs`` at a time; each comes as it is done.

    Netlists and logs stay in ``folder``/<design>. Raises BuildError if a tool fails.
    """
    with threads(jobs) as pool:
        for done in as_completed(
            [pool.submit(_measure, config, name, folder / name) for config in configs for name in _names(config)]
        ):
            yield done.result()


def _names(config: CoreConfig) -> tuple[str, str]:
    # The core takes longest, so it comes first.
    return f"core_{config.delay_unit}", f"delay_{config.delay_unit}"


def _measure(config: CoreConfig, name: str, folder: Path) -> DesignArea:
    return DesignArea(design=name, config=config, area=synthesise(designs(config)[name](), name, folder))


def report(source: str, areas: Sequence[DesignArea]) -> dict[str, Any]:
    """The content of area.json: the device, what the builds are for, and a record per design."""
    runs = [
        {
            "unit": str(each.config.delay_unit),
            "design": each.design,
            **asdict(each.area),
            "delay_memory_bits": each.config.delay_memory_bits,
        }
        for each in areas
    ]
    return {"device": DEVICE, "source": source, "geometry": areas[0].config.numbers() if areas else {}, "runs": runs}


def table(source: str, areas: Sequence[DesignArea]) -> Table:
    """The same for people."""
    shown = Table(name_column(f"{source} on {DEVICE}"))
    for name in ("flip-flops", "LUTs", "block RAM", "DSP", "Fmax MHz", "memory bits"):
        shown.add_column(name, justify="right")
    for each in areas:
        area = each.area
        counts = (area.flip_flops, area.luts, area.block_rams, area.dsps)
        fmax = "does not fit" if area.fmax_mhz is None else f"{area.fmax_mhz:.1f}"
        shown.add_row(each.design, *(f"{count:,}" for count in counts), fmax, f"{area.memory_bits:,}")
    return shown
