# SPDX-License-Identifier: Apache-2.0
"""The main job: recordings through the core in RTL, every result compared with the golden model's."""

import queue
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np

from flow.run.recordings import Samples
from model.cost.cycles import CycleModel
from model.encoding import to_events
from model.image.image import Image
from model.result import Result
from rtl.core.counters import Flag
from support.files import make_folder
from support.jobs import threads
from tb.core.bench import EVENTS, CoreBench, Outcome
from tb.core.scoreboard import Trace, expected_counters, golden_trace, mismatches, pick, trace_mismatches


@dataclass(frozen=True, kw_only=True)
class Checked:
    """One sample that was played and compared."""

    sample: int
    outcome: Outcome
    mismatches: int
    """Values that differ from the golden model's, the core's counts of events and operations too."""
    cycles_wrong: bool
    """Whether the cycle model predicted other cycles."""
    failure: str | None
    """What is wrong with the sample, the first of all; None if nothing is."""


@dataclass(frozen=True, kw_only=True)
class SimulatedUnit:
    """Every sample of a run with one delay unit; ``flow.run.report`` gives its meaning in numbers."""

    bench: CoreBench
    image: Image
    golden: Result
    samples: Samples
    checked: Sequence[Checked]
    """In order of the samples; less than all of them if one failed."""
    seconds: float
    """Time from the start of the simulators to the last result."""

    @property
    def failure(self) -> str | None:
        """What failed first, by number of sample; None if all is right."""
        unit = self.bench.config.delay_unit
        return next((f"{unit}: {each.failure}" for each in self.checked if each.failure), None)


def ordered_events(samples: Samples, seed: int | None) -> list[EVENTS]:
    """The events of each sample in the order in which they are streamed: ascending, or shuffled within each step."""
    events = [to_events(raster) for raster in samples.rasters]
    if seed is None:
        return events
    rng = np.random.default_rng(seed)
    return [[rng.permutation(axons) for axons in steps] for steps in events]


def simulate(
    bench: CoreBench,
    image: Image,
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
    check = _Check(bench, image, golden)
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
        bench=bench, image=image, golden=golden, samples=samples, seconds=time.monotonic() - start,
        checked=sorted(checked, key=lambda each: each.sample),
    )  # fmt: skip


def _play(
    check: "_Check",
    mine: Sequence[int],
    events: Sequence[EVENTS],
    done: "queue.Queue[Checked | BaseException | None]",
    stop: threading.Event,
) -> None:
    """Play some samples in one simulator; their results go into ``done``, then None, or what was raised."""
    try:
        with closing(check.bench.play(check.image, [events[sample] for sample in mine])) as outcomes:
            for sample, outcome in zip(mine, outcomes, strict=True):
                done.put(check(sample, events[sample], outcome))
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


class _Check:
    """What is right for a core, sample by sample."""

    def __init__(self, bench: CoreBench, image: Image, golden: Result) -> None:
        self.bench, self.image, self._golden = bench, image, golden
        self._network = image.network()
        self._cycles = CycleModel(image, bench.config)
        self._address = np.argsort(image.order)

    def __call__(self, sample: int, events: EVENTS, outcome: Outcome) -> Checked:
        golden = pick(self._golden, sample)
        wrong = list(mismatches(sample, golden, outcome.result))
        if outcome.trace is not None:
            wrong += trace_mismatches(sample, golden_trace(self._network, events), outcome.trace)
        spikes = [self._address[np.flatnonzero(now)] for now in golden.spikes]
        expected, seen = self._cycles.sample(events, spikes), outcome.counters
        off = [
            f"sample {sample}: {seen[name]} {name.replace('_', ' ')}, {getattr(expected, name)} by the cycle model"
            for name in ("cycles", "synapse_cycles", "synapse_words")
            if seen[name] != getattr(expected, name)
        ]
        # The golden counts follow from its spikes: where those differ, so do the counts.
        counted = {} if wrong else expected_counters(self._network, self.bench.config.slots, events, golden)
        counts = [
            f"sample {sample}: {seen[name]} {name.replace('_', ' ')}, {value} by the golden model"
            for name, value in counted.items()
            if seen[name] != value
        ]
        # A flag comes first: what it stands for explains the rest.
        raised = "; ".join(self._flag(name, seen) for name in outcome.flags)
        flags = [f"sample {sample}: {raised}"] if raised else []
        return Checked(
            sample=sample,
            outcome=outcome,
            mismatches=len(wrong) + len(counts),
            cycles_wrong=bool(off),
            failure=next(iter([*flags, *map(str, islice(wrong, 1)), *counts, *off]), None),
        )

    def _flag(self, name: str, counters: Mapping[str, int]) -> str:
        """What a sticky flag of the core stands for."""
        lost, capacity, steps = counters["lost_events"], self.image.capacity, self.image.max_steps
        meaning = {
            Flag.OVERFLOW: f"the queue overflowed: {lost:,} events lost with a capacity of {capacity}",
            Flag.UNKNOWN_AXON: f"{counters['unknown_events']:,} events of axons that the image does not have",
            Flag.TOO_LONG: f"more than the {steps} steps that the image is for",
            Flag.BAD_TOKEN: "a token of no kind on the event stream",
        }
        return f"{meaning[Flag[name]]} ({name})"


def save_traces(run: SimulatedUnit, path: Path) -> None:
    """Write the records of the trace port of all samples as CSV, neurons by the network's numbers."""
    make_folder(path.parent)
    with path.open("w") as file:
        fields: list[str] = []
        for each in run.checked:
            trace: Trace = each.outcome.trace or {}
            if not fields:
                fields = list(trace)
                file.write(",".join(["sample", *fields]) + "\n")
            for record in zip(*(trace[name].tolist() for name in fields), strict=True):
                file.write(",".join(map(str, (each.sample, *record))) + "\n")
