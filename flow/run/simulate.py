# SPDX-License-Identifier: Apache-2.0
"""The main job: recordings through the core in RTL, every result compared with the golden model's."""

import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from flow.run.checks import Checked, CoreCheck, FabricCheck
from flow.run.recordings import Samples
from model.config import CoreConfig
from model.encoding import to_events
from model.fabric.bundle import Bundle
from model.image.image import Image
from model.result import Result
from support.files import make_folder
from support.jobs import threads
from tb.core.bench import EVENTS, CoreBench, Outcome
from tb.core.scoreboard import Trace
from tb.fabric.bench import FabricBench

INPUT_DEPTH = 512
"""Tokens of the host that wait at each core of a fabric: some steps of speech, so that no core waits for the host."""


@dataclass(frozen=True, kw_only=True)
class SimulatedUnit:
    """Every sample of a run with one delay unit; ``flow.run.report`` gives its meaning in numbers."""

    bench: CoreBench | FabricBench
    image: Image | Bundle
    cores: Sequence[CoreConfig]
    """The builds of the cores in use."""
    golden: Result
    samples: Samples
    checked: Sequence[Checked]
    """In order of the samples; less than all of them if one failed."""
    seconds: float
    """Time from the start of the simulators to the last result."""

    @property
    def unit(self) -> str:
        """The delay unit; of several that differ, their names joined by ``+``."""
        return "+".join(dict.fromkeys(str(core.delay_unit) for core in self.cores))

    @property
    def failure(self) -> str | None:
        """What failed first, by number of sample; None if all is right."""
        return next((f"{self.unit}: {each.failure}" for each in self.checked if each.failure), None)


def ordered_events(samples: Samples, seed: int | None) -> list[EVENTS]:
    """The events of each sample in the order in which they are streamed: ascending, or shuffled within each step."""
    events = [to_events(raster) for raster in samples.rasters]
    if seed is None:
        return events
    rng = np.random.default_rng(seed)
    return [[rng.permutation(axons) for axons in steps] for steps in events]


def simulate(
    bench: CoreBench | FabricBench,
    image: Image | Bundle,
    samples: Samples,
    golden: Result,
    *,
    jobs: int = 1,
    seed: int | None = None,
    progress: Callable[[], None] = lambda: None,
) -> SimulatedUnit:
    """Play all samples in ``jobs`` simulators at a time and compare; stops at the first sample that fails.

    ``golden`` is the golden model's result of all samples, ``seed`` that of ``ordered_events``. ``progress`` is called
    after each sample. Raises SimulationError if the core breaks its own rules.
    """
    events = ordered_events(samples, seed)
    check = _check(bench, image, golden)
    done: queue.Queue[Checked | BaseException | None] = queue.Queue()
    stop = threading.Event()
    jobs = min(jobs, len(samples))
    start = time.monotonic()
    checked: list[Checked] = []
    with threads(jobs) as pool:
        for job in range(jobs):
            pool.submit(_play, check, range(job, len(samples), jobs), events, done, stop)
        try:
            for each in _until_all_end(done, jobs):
                checked.append(each)
                progress()
                if each.failure:
                    break
        finally:
            stop.set()
    return SimulatedUnit(
        bench=bench, image=image, cores=check.cores, golden=golden, samples=samples, seconds=time.monotonic() - start,
        checked=sorted(checked, key=lambda each: each.sample),
    )  # fmt: skip


def _check(bench: CoreBench | FabricBench, image: Image | Bundle, golden: Result) -> CoreCheck | FabricCheck:
    if isinstance(bench, FabricBench):
        assert isinstance(image, Bundle)
        return FabricCheck(bench, image, golden)
    assert isinstance(image, Image)
    return CoreCheck(bench, image, golden)


def _play(
    check: CoreCheck | FabricCheck,
    mine: Sequence[int],
    events: Sequence[EVENTS],
    done: "queue.Queue[Checked | BaseException | None]",
    stop: threading.Event,
) -> None:
    """Play some samples in one simulator; their results go into ``done``, then None, or what was raised."""
    try:
        with closing(check.play(mine, events)) as checked:
            for each in checked:
                done.put(each)
                if stop.is_set():
                    return
        done.put(None)
    except BaseException as error:  # goes to the thread that waits for it
        done.put(error)


def _until_all_end(done: "queue.Queue[Checked | BaseException | None]", jobs: int) -> Iterator[Checked]:
    while jobs:
        each = done.get()
        if isinstance(each, BaseException):
            raise each
        if each is None:
            jobs -= 1
        else:
            yield each


def save_traces(run: SimulatedUnit, path: Path) -> None:
    """Write the records of the trace port of all samples as CSV, neurons by the network's numbers."""
    make_folder(path.parent)
    with path.open("w") as file:
        fields: list[str] = []
        for each in run.checked:
            outcome = each.outcome
            trace: Trace = (isinstance(outcome, Outcome) and outcome.trace) or {}
            if not fields:
                fields = list(trace)
                file.write(",".join(["sample", *fields]) + "\n")
            for record in zip(*(trace[name].tolist() for name in fields), strict=True):
                file.write(",".join(map(str, (each.sample, *record))) + "\n")
