# SPDX-License-Identifier: Apache-2.0
"""Area and speed of delay units and cores: jobs of synthesis, each kept once it is done."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import as_completed
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from amaranth.lib import wiring

from flow.silicon.cache import Results, design_digest
from flow.silicon.cells import CellCounts, cell_counts
from flow.synthesis.ecp5 import DEVICE, Area, synthesise
from flow.synthesis.verilog import designs
from model.config import CoreConfig, QueueMemory
from model.fabric.config import FabricConfig
from rtl.delay.queue import EventQueue
from support.files import read_bytes
from support.jobs import threads
from tb.errors import BuildError

REGISTER_QUEUE = (64, 16)
"""Events and bits of the queue whose flip-flops are measured."""


@dataclass(frozen=True, kw_only=True)
class Job:
    """One design, for an FPGA or for standard cells."""

    design: str
    """``delay_<unit>``, ``core_<unit>``, ``fabric_<unit>``, ``registers`` or ``no_registers``."""
    config: CoreConfig | FabricConfig | None = None
    """The build; None for the queue that is measured."""
    liberty: Path | None = None
    """The standard cells; None: ECP5."""
    gated: bool = False
    """With clock gates, of standard cells (``flow.silicon.gates``)."""

    @property
    def text(self) -> str:
        """What it is, for a line of progress."""
        size = ""
        if isinstance(self.config, FabricConfig):
            size = f" {self.config.nodes} cores"
        elif self.config:
            size = f" {self.config.sources} sources, {self.config.delays} delays"
        return f"{self.design}{size} on {'ECP5' if self.liberty is None else 'standard cells'}"

    def component(self) -> wiring.Component:
        """The design."""
        if self.config is not None:
            return designs(self.config)[self.design]()
        depth, width = REGISTER_QUEUE
        kind = QueueMemory.REGISTERS if self.design == "registers" else QueueMemory.RAM
        return EventQueue(shape=width, depth=depth, memory=kind)


class Silicon:
    """Runs jobs, and answers from what is kept."""

    def __init__(self, folder: Path) -> None:
        """``folder`` holds the results and, while a job runs, its netlists and logs."""
        self._work, self._results = folder, Results(folder / "results")

    def run(
        self, jobs: Sequence[Job], count: int, progress: Callable[[str], None] = lambda _: None
    ) -> None:  # fmt: skip
        """Do the jobs that are not done, ``count`` at a time; ``progress`` hears of each that is. Raises BuildError."""
        missing = list(dict.fromkeys(job for job in jobs if self._find(job) is None))
        for _ in range(len(jobs) - len(missing)):
            progress("")
        with threads(count) as pool:
            futures = {pool.submit(self._get, job): job for job in missing}
            for done in as_completed(futures):
                done.result()
                progress(futures[done].text)

    def missing(self, jobs: Iterable[Job]) -> int:
        """How many of some jobs are not done."""
        return sum(self._find(job) is None for job in set(jobs))

    def fpga(self, design: str, config: CoreConfig | FabricConfig) -> Area | None:
        """Area and speed on ECP5 of a job that is done; None if the tools gave up on a delay unit."""
        value = self._get(Job(design=design, config=config))
        return None if "failed" in value else Area(**value)

    def cells(self, design: str, config: CoreConfig | FabricConfig | None, liberty: Path, *,
              gated: bool = False) -> CellCounts:  # fmt: skip
        """The standard cells of a job that is done."""
        return CellCounts(**self._get(Job(design=design, config=config, liberty=liberty, gated=gated)))

    def _key(self, job: Job) -> tuple[Any, ...]:
        config = asdict(job.config) if job.config else None
        target = hashlib.sha256(read_bytes(job.liberty, "liberty file")).hexdigest() if job.liberty else DEVICE
        return design_digest(), job.design, config, target, *(["gated"] if job.gated else [])

    def _find(self, job: Job) -> Any | None:
        return self._results.find(*self._key(job))

    def _get(self, job: Job) -> Any:
        return self._results.get(partial(self._make, job), *self._key(job))

    def _make(self, job: Job) -> Any:
        folder = self._work / self._results.path(*self._key(job)).stem
        if job.liberty is None:
            try:
                return asdict(synthesise(job.component(), job.design, folder))
            except BuildError as error:
                # Yosys for WebAssembly has little stack: it gives up on the longest chains of logic, each time.
                if not job.design.startswith("delay"):
                    raise
                return {"failed": str(error)[-500:]}
        registers = job.design == "registers"
        counts = cell_counts(job.component(), job.design, job.liberty, folder, registers=registers, gated=job.gated)
        return counts.model_dump()
