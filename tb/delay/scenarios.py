# SPDX-License-Identifier: Apache-2.0
"""What the benches do to a delay unit, and how they judge what came out. Tests and mutation coverage share it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from model.config import CoreConfig, DelayUnit
from model.delay.spec import Holds
from tb.delay.unit import benched

_ODD = CoreConfig(neurons=5, axons=6, delays=7, rows=77, synapse_words=77)
_EVEN = CoreConfig(neurons=4, axons=4, delays=4, rows=32, synapse_words=32)


def builds(unit: DelayUnit) -> dict[str, CoreConfig]:
    """The builds of a unit that the benches look at: odd sizes everywhere, and powers of two everywhere."""
    bench = benched(unit)
    return {
        name: config.with_unit(unit, bench.depths[name], **bench.options.get(name, {}))
        for name, config in (("odd", _ODD), ("even", _EVEN))
    }


@dataclass(frozen=True, kw_only=True)
class Act:
    """One step, or the beginning of one that a flush cuts off."""

    arrivals: Sequence[int] = ()
    eos: bool = True
    flush: bool = False


@dataclass(frozen=True, kw_only=True)
class Part:
    """Acts that are played in one go; counters are looked at when they are over."""

    acts: Sequence[Act]
    clear: bool = False
    """``clear_counters`` is high all the time."""


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """A source table, and what happens with it."""

    name: str
    masks: Sequence[set[int]]
    """Delay levels of each source."""
    bases: Sequence[int]
    """Number of the first row of each source."""
    capacity: int
    first_kept: int
    parts: Sequence[Part]
    idle: float = 0.0
    stall: float = 0.0
    reset: bool = False
    """Begins with a reset; otherwise with a flush."""
    seed: int = 1
    lost: int | None = None
    """What ``lost`` starts from; None: both counters are cleared."""


def random_masks(rng: np.random.Generator, config: CoreConfig, first_kept: int) -> list[set[int]]:
    """Skip masks from empty to full. A history is kept of ``queue_depth`` sources; the others have level 0 alone."""
    density = rng.choice([0, 0.1, 0.5, 1.0], config.sources)
    masks = [set(np.flatnonzero(rng.random(config.delays) < p).tolist()) for p in density]
    if config.spec.holds is Holds.SOURCES:
        kept = range(first_kept, first_kept + config.queue_depth)
        masks = [mask if source in kept else mask & {0} for source, mask in enumerate(masks)]
    return masks


def random_arrivals(rng: np.random.Generator, config: CoreConfig, rate: float) -> list[int]:
    """Sources that fire in a step, each once, in any order."""
    return rng.permutation(config.sources)[: rng.binomial(config.sources, rate)].tolist()


def random_bases(rng: np.random.Generator, config: CoreConfig, masks: Sequence[set[int]]) -> list[int]:
    """First rows anywhere in the row table."""
    return [int(rng.integers(0, config.rows - max(1, len(mask)) + 1)) for mask in masks]


def limit_of(config: CoreConfig, capacity: int) -> int | None:
    """Events that a queue of the unit may hold; None: it has no queues."""
    return max(1, capacity) if config.delay_unit.has_queues else None


def random_scenario(config: CoreConfig, seed: int, *, steps: int = 30, waits: bool = True,
                    capacity: int | None = None, descending: bool = False) -> Scenario:  # fmt: skip
    """Random masks, events, idle sources and back-pressure; with neither of the last if not ``waits``.

    ``capacity`` is random in every other one, else that of the build, unless it is given. ``descending``: arrivals
    without idle cycles, from the highest address down, so that often the source that was visited last arrives next.
    """
    rng = np.random.default_rng([seed, 1])
    first_kept = int(rng.integers(0, max(0, config.sources - config.queue_depth) + 1))
    masks = random_masks(rng, config, first_kept)
    rates = rng.choice([0.0, 0.05, 0.3, 1.0], steps)
    acts = [Act(arrivals=random_arrivals(rng, config, rate)) for rate in rates]
    if descending:
        acts = [Act(arrivals=sorted(act.arrivals, reverse=True)) for act in acts]
    third = steps // 3
    parts = [
        Part(acts=acts[:third]),
        Part(acts=acts[third : 2 * third], clear=seed % 4 == 3),
        Part(acts=acts[2 * third :]),
    ]
    idle, stall = rng.choice([0.0, 0.3, 0.8], 2).tolist() if waits else (0.0, 0.0)
    idle = 0.0 if descending else idle
    some = int(rng.integers(0, config.queue_depth + 1))
    if capacity is None:
        capacity = some if seed % 2 else config.queue_depth
    return Scenario(
        name=f"random {seed}", masks=masks, bases=random_bases(rng, config, masks), first_kept=first_kept,
        capacity=capacity,
        parts=parts, idle=idle, stall=stall, reset=seed % 3 == 0, seed=seed,
    )  # fmt: skip


def flush_scenario(config: CoreConfig, seed: int, *, steps: int = 40) -> Scenario:
    """Steps, many of which a flush cuts off at an arbitrary moment; nothing is lost."""
    rng = np.random.default_rng([seed, 2])
    first_kept = int(rng.integers(0, max(0, config.sources - config.queue_depth) + 1))
    masks = random_masks(rng, config, first_kept)
    model = benched(config.delay_unit).model(config, masks)
    limit = limit_of(config, config.queue_depth)
    acts: list[Act] = []
    parts: list[Part] = []
    for _ in range(steps):
        arrivals = random_arrivals(rng, config, 0.4)
        while limit is not None and sum(bool(max(masks[s], default=0)) for s in arrivals) + model.held > limit:
            arrivals.pop()
        cut = bool(rng.random() < 0.4)
        acts.append(Act(arrivals=arrivals, eos=not cut or bool(rng.random() < 0.5), flush=cut))
        model.step(arrivals)
        if cut:
            model.flush()
        if len(acts) % 4 == 0:
            acts.append(Act())
            model.step([])
            parts += [Part(acts=acts), Part(acts=[], clear=True)]
            acts = []
    parts.append(Part(acts=[*acts, Act()]))
    idle, stall = rng.choice([0.0, 0.3, 0.8], 2).tolist()
    return Scenario(
        name=f"flush {seed}", masks=masks, bases=random_bases(rng, config, masks), first_kept=first_kept,
        capacity=config.queue_depth, parts=parts, idle=idle, stall=stall, seed=seed,
    )  # fmt: skip


def counter_scenario(config: CoreConfig, lost: int = 0) -> Scenario:
    """One event lost at a time, from ``lost`` on: a counter that starts at 2**32 - 2 wraps."""
    top = config.delays - 1
    first_kept = 0
    masks: list[set[int]] = [{top} if source < config.queue_depth else set() for source in range(config.sources)]
    one = [Act(arrivals=[0, 1]), *[Act()] * config.delays]
    return Scenario(
        name="counter", masks=masks, bases=[0] * config.sources, first_kept=first_kept, capacity=1,
        parts=[Part(acts=one), Part(acts=one), Part(acts=one)], lost=lost,
    )  # fmt: skip


def scenarios(config: CoreConfig, lost: int = 0) -> Iterator[Scenario]:
    """All that is done to a unit in one run. ``lost`` is the value of the counter at power-on."""
    yield counter_scenario(config, lost)
    for seed in range(4):
        yield random_scenario(config, seed, waits=False)
    for seed in range(4, 16):
        yield random_scenario(config, seed)
    for seed in range(8):
        yield flush_scenario(config, seed)
    yield random_scenario(config, 16, capacity=0)  # stands for 1
    for seed in range(17, 23):
        yield random_scenario(config, seed, descending=True)
