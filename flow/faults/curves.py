# SPDX-License-Identifier: Apache-2.0
"""Which faults are swept: what, in which build, at which rates."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from model.config import CoreConfig, DelayUnit
from model.cost.memories import MemoryName
from model.delay.registry import DEFAULT
from model.delay.spec import Holds
from model.faults.faults import EventKind, FaultList, draw_events, draw_flips, draw_stuck
from model.faults.memories import IMAGE, fields, positions, shapes
from model.image.image import Image
from tb.core.bench import EVENTS

STUCK = "stuck accumulator bits"
IMAGE_RATES = (1e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2)
STATE_RATES = (1e-7, 1e-6, 1e-5, 1e-4, 1e-3)
STUCK_RATES = (1e-4, 1e-3, 3e-3, 1e-2, 3e-2)
EVENT_RATES = (0.01, 0.03, 0.1, 0.2, 0.4)
BIT_SHARE = 0.02
"""Of the words whose one bit flips, in an image."""
BIT_RATE = 1e-3
"""Of the words whose one bit flips at each end of step, in a state."""


@dataclass(frozen=True, kw_only=True)
class Curve:
    """One kind of fault in one build."""

    what: str
    """A memory, ``STUCK``, or what happens to events."""
    config: CoreConfig
    rates: Sequence[float]
    field: str | None = None
    bit: int | None = None
    """One bit of one field alone."""

    @property
    def name(self) -> str:
        """What it is called, and kept under."""
        where = f"{self.what}, {self.config.delay_unit}"
        return where if self.field is None else f"{where}, {self.field} bit {self.bit}"

    @property
    def unit(self) -> str:
        """The delay unit."""
        return str(self.config.delay_unit)

    @property
    def lasting(self) -> bool:
        """Whether the rate is of bits of an image or of cells, not of moments."""
        return self.what in IMAGE or self.what == STUCK

    @property
    def bits(self) -> int:
        """Bits that can have the fault; 0 if it is one of events."""
        if self.what in set(EventKind):
            return 0
        return shapes(self.config)[MemoryName.ACCUMULATORS if self.what == STUCK else MemoryName(self.what)].bits

    def draw(self, rate: float, seed: Sequence[int], samples: Sequence[EVENTS]) -> FaultList:
        """The faults of a run over all samples; equal for an equal seed."""
        rng = np.random.default_rng(seed)
        if self.what == STUCK:
            return FaultList(stuck=draw_stuck(self.config, rate, rng))
        if self.what in set(EventKind):
            kind = EventKind(self.what)
            drawn = [draw_events(kind, events, rate, rng, sample=number) for number, events in enumerate(samples)]
            return FaultList(events=tuple(each for some in drawn for each in some))
        memory = MemoryName(self.what)
        bits = None
        if self.field is not None and self.bit is not None:
            bits = positions(fields(self.config, memory), self.field, self.bit)
        if memory in IMAGE:
            return FaultList(flips=draw_flips(self.config, memory, rate, rng, bits=bits))
        some = [draw_flips(self.config, memory, rate, rng, steps=len(events), sample=number, bits=bits)
                for number, events in enumerate(samples)]  # fmt: skip
        return FaultList(flips=tuple(each for flips in some for each in flips))


def curves(image: Image) -> Iterator[Curve]:
    """Every memory in the builds in which it differs, stuck bits, and faults of events.

    The memories of an image and the states are the same with each unit; accumulators differ by their slots. Doubled
    events are one in a history, and two elsewhere.
    """
    builds = [image.config(unit) for unit in DelayUnit]
    usual = image.config(DEFAULT)
    for memory in IMAGE:
        yield Curve(what=memory, config=usual, rates=IMAGE_RATES)
    yield Curve(what=MemoryName.STATES, config=usual, rates=STATE_RATES)
    by_slots = list({build.slots: build for build in reversed(builds)}.values())[::-1]
    for build in by_slots:
        yield Curve(what=MemoryName.ACCUMULATORS, config=build, rates=STATE_RATES)
    for build in builds:
        for held in build.spec.memories(build):
            yield Curve(what=held.name, config=build, rates=STATE_RATES)
    for build in by_slots:
        yield Curve(what=STUCK, config=build, rates=STUCK_RATES)
    for kind in EventKind:
        for build in builds:
            remembers = build.spec.holds is Holds.SOURCES
            if build == usual or (kind is EventKind.DOUBLED and remembers):
                yield Curve(what=kind, config=build, rates=EVENT_RATES)


BITS: Sequence[tuple[MemoryName, str]] = (
    (MemoryName.WORDS, "weight"),
    (MemoryName.WORDS, "target"),
    (MemoryName.MASKS, "base"),
    (MemoryName.ROWS, "start"),
    (MemoryName.PARAMETERS, "alpha"),
    (MemoryName.PARAMETERS, "threshold"),
    (MemoryName.STATES, "current"),
    (MemoryName.STATES, "potential"),
    (MemoryName.STATES, "potential_sum"),
)
"""Fields that are looked at bit by bit; the skip mask is, level by level, and so is what the queues hold of a delay."""


def bit_curves(image: Image) -> Iterator[Curve]:
    """One bit of one field of every word at a time, at one rate."""
    usual = image.config(DEFAULT)
    chosen = [(usual, memory, field) for memory, field in (*BITS, (MemoryName.MASKS, "mask"))]
    chosen.append((usual, MemoryName.ACCUMULATORS, "sum"))
    for unit in DelayUnit:
        build = image.config(unit)
        if MemoryName.QUEUE in shapes(build):
            chosen.append((build, MemoryName.QUEUE, fields(build, MemoryName.QUEUE)[0][0]))
    for build, memory, field in chosen:
        width = dict(fields(build, memory))[field]
        rate = BIT_SHARE if memory in IMAGE else BIT_RATE
        for bit in range(width):
            yield Curve(what=memory, config=build, rates=(rate,), field=field, bit=bit)
