# SPDX-License-Identifier: Apache-2.0
"""A sample of the sweep in RTL: the same faults, and every spike and potential compared."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from flow.faults.sweep import Job
from model.config import DelayUnit
from model.encoding import to_events
from model.faults.core import FaultyCore
from model.faults.faults import EventKind, FaultList, draw_events, draw_flips, draw_stuck
from model.faults.memories import IMAGE, shapes
from tb.core.scoreboard import mismatches
from tb.faults.bench import FaultBench


@dataclass(frozen=True, kw_only=True)
class Verified:
    """Recordings with faults of every kind in RTL, with one delay unit."""

    unit: str
    samples: int
    faults: int
    mismatches: int
    first: str | None
    """What differed first."""
    changed: int
    """Samples whose spikes are not those without a fault: the faults were there."""


def mixed(job: Job, unit: DelayUnit, samples: int, seed: int) -> FaultList:
    """Some faults of every kind at once: in each memory, stuck bits, and events of each of the first samples."""
    config = job.image.config(unit)
    rng = np.random.default_rng((seed, list(DelayUnit).index(unit)))
    flips = [draw_flips(config, memory, 2e-5, rng) for memory in shapes(config) if memory in IMAGE]
    flips += [
        draw_flips(config, memory, 2e-5, rng, steps=len(job.events[number]), sample=number)
        for memory in shapes(config) if memory not in IMAGE for number in range(samples)
    ]  # fmt: skip
    # An event can have one fault only, so each kind has a sample of its own in turn.
    kinds = list(EventKind)
    events = [
        draw_events(kinds[number % len(kinds)], job.events[number], 0.05, rng, sample=number)
        for number in range(samples)
    ]
    return FaultList(flips=tuple(each for some in flips for each in some), stuck=draw_stuck(config, 1e-3, rng),
                     events=tuple(each for some in events for each in some))  # fmt: skip


def verify(job: Job, units: Sequence[DelayUnit], samples: int, seed: int,
           progress: Callable[[], None] = lambda: None) -> list[Verified]:  # fmt: skip
    """Play the first samples in RTL with each unit. Raises BuildError and SimulationError, as their parts do."""
    found = []
    for unit in units:
        config, faults = job.image.config(unit), mixed(job, unit, samples, seed)
        core, plain = FaultyCore(job.image, config, faults), FaultyCore(job.image, config)
        wrong: list[str] = []
        changed = 0
        events = [to_events(raster) for raster in job.samples.rasters[:samples]]
        for number, outcome in enumerate(FaultBench(config).play_faulty(job.image, events, faults)):
            expected = core.run(events[number], number)
            wrong += [str(each) for each in mismatches(number, expected.result, outcome.result)]
            if outcome.counters["lost_events"] != expected.lost:
                wrong.append(f"sample {number}: {outcome.counters['lost_events']} events lost, not {expected.lost}")
            changed += not np.array_equal(plain.run(events[number]).result.spikes, outcome.result.spikes)
            progress()
        found.append(Verified(unit=str(unit), samples=samples, faults=len(faults), mismatches=len(wrong),
                              first=wrong[0] if wrong else None, changed=changed))  # fmt: skip
    return found
