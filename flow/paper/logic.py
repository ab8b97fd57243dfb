# SPDX-License-Identifier: Apache-2.0
"""Clock, area and energy of the logic of the builds that the tables are about."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from flow.paper.request import Request
from flow.silicon.jobs import Job, Silicon
from flow.silicon.liberty import CellLibrary
from flow.silicon.share import logic_energy_uj
from flow.synthesis.verilog import designs
from model.config import CoreConfig, DelayUnit
from model.fabric.config import FabricConfig
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

    def milliseconds(self, cycles: float) -> float | None:
        """Time that so many cycles take."""
        return cycles / self.clock_mhz / 1e3 if self.clock_mhz else None

    def energy_uj(self, library: CellLibrary | None, cycles: float) -> float | None:
        """Energy of the logic in so many cycles; None without standard cells."""
        return logic_energy_uj(self.cells, library, cycles) if library and self.cells else None


def synthesised(
    configs: Mapping[Build, CoreConfig | FabricConfig],
    library: CellLibrary | None,
    request: Request,
    listener: Listener,
) -> dict[Build, Logic]:
    """Place and route each build for the FPGA, and map it to standard cells if there is a library. Raises BuildError.

    What is done is kept in the request's work folder.
    """
    liberty = request.liberty
    jobs = [
        Job(design=_design(config), config=config, liberty=each)
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
            counts = silicon.cells(design, config, liberty)
            logic = Logic(clock_mhz=area.fmax_mhz, fpga=asdict(area), area_um2=sum(counts.areas(library).values()),
                          cells=counts.within(design))  # fmt: skip
        found[build] = logic
    return found


def _design(config: CoreConfig | FabricConfig) -> str:
    """The whole of a build: the last of its designs."""
    return [*designs(config)][-1]
