# SPDX-License-Identifier: Apache-2.0
"""Clock, area and energy of the logic of the builds that the tables are about."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from flow.energy.clock import clock_pj
from flow.energy.gated import ALL, recorded_gates
from flow.paper.request import Request
from flow.paper.rows import build_config
from flow.silicon.jobs import Job, Silicon
from flow.silicon.liberty import CellLibrary
from flow.silicon.power import read_power
from flow.silicon.share import logic_energy_uj
from flow.synthesis.verilog import designs
from model.config import CoreConfig, DelayUnit
from model.encoding import Raster
from model.fabric.bundle import Bundle
from model.fabric.config import FabricConfig
from model.image.image import Image
from support.listener import Listener

Build = tuple[int, DelayUnit]
"""Cores and delay unit."""


@dataclass(frozen=True, kw_only=True)
class Logic:
    """What synthesis says of the largest network's build, which the rows of all networks share."""

    clock_mhz: float | None = None
    """After place and route; None: not run, or the device is too small."""
    fpga: Mapping[str, Any] | None = None
    area_um2: float | None = None
    """Of standard cells; None: no library was given."""
    cells: Mapping[str, int] | None = None
    clock_pj: float | None = None
    """What the clock takes in a cycle, behind gates that are open as in one recording."""

    def milliseconds(self, cycles: float) -> float | None:
        """Time that so many cycles take."""
        return cycles / self.clock_mhz / 1e3 if self.clock_mhz else None

    def energy_uj(self, library: CellLibrary | None, cycles: float) -> float | None:
        """Energy of the logic in so many cycles; None without standard cells."""
        if not library or not self.cells:
            return None
        return logic_energy_uj(self.cells, library, cycles, clock_pj=self.clock_pj)


def synthesised(
    builds: Mapping[Build, Image | Bundle],
    raster: Raster,
    library: CellLibrary | None,
    request: Request,
    listener: Listener,
) -> dict[Build, Logic]:
    """Place and route each build for the FPGA, and map it to standard cells if there is a library. Raises BuildError.

    A build is what it takes, an image or a bundle; how often its clock gates are open is that of ``raster``. What is
    done is kept in the request's work folder.
    """
    liberty = request.liberty
    configs = {build: build_config(loaded, build[1]) for build, loaded in builds.items()}
    jobs = [
        Job(design=_design(config), config=config, liberty=each, gated=each is not None)
        for config in configs.values()
        for each in ([None, liberty] if liberty else [None])
    ]
    silicon = Silicon(request.work)
    listener.begin("synthesis", len(jobs))
    silicon.run(jobs, request.jobs, lambda _: listener.advance())
    found = {}
    for build, config in configs.items():
        design = _design(config)
        area = silicon.fpga(design, config)
        assert area is not None  # only a delay unit alone may fail
        logic = Logic(clock_mhz=area.fmax_mhz, fpga=asdict(area))
        if library and liberty:
            counts = silicon.cells(design, config, liberty, gated=True)
            shares = recorded_gates(
                builds[build], config, raster, counts=counts, design=design, liberty=liberty, work=request.work
            )
            clock = clock_pj(counts, design, shares, ALL, library=library, power=read_power(liberty))
            logic = Logic(clock_mhz=area.fmax_mhz, fpga=asdict(area), area_um2=sum(counts.areas(library).values()),
                          cells=counts.within(design), clock_pj=clock)  # fmt: skip
        found[build] = logic
    return found


def _design(config: CoreConfig | FabricConfig) -> str:
    """The whole of a build: the last of its designs."""
    return [*designs(config)][-1]
