# SPDX-License-Identifier: Apache-2.0
"""What can go wrong, where and when: a list of faults, drawn or written by hand, and its file."""

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

import numpy as np

from model.config import CoreConfig
from model.cost.memories import MemoryName
from model.faults.memories import IMAGE, STATE, shapes
from model.network import IntArray
from support.errors import InputError
from support.files import read_bytes, write_atomic

VERSION = 1
"""Of the file."""


@dataclass(frozen=True, kw_only=True)
class Flip:
    """A bit of a memory becomes the other one, once.

    In a memory of an image, after the image was loaded and before the first sample. In one of the state, between a step
    and the next, in the way of docs/faults.md.
    """

    memory: MemoryName
    copy: int = 0
    """Which of several alike: the lane of an accumulator, the queue of two."""
    address: int
    bit: int
    sample: int | None = None
    step: int | None = None
    """The sample, and the step at whose end; None for a memory of an image."""


@dataclass(frozen=True, kw_only=True)
class Stuck:
    """A bit of an accumulator that has one value whenever a step's weights have all been added."""

    lane: int
    address: int
    bit: int
    value: int


class EventKind(StrEnum):
    """What happens to an event of the host."""

    DROPPED = "dropped"
    DOUBLED = "doubled"
    LATE = "late"


@dataclass(frozen=True, kw_only=True)
class EventFault:
    """The event of an axon in a step is lost, comes twice, or comes as the last of the next step."""

    kind: EventKind
    sample: int
    step: int
    axon: int


@dataclass(frozen=True, kw_only=True)
class FaultList:
    """All faults of a run: an image, then samples from number 0 on."""

    flips: tuple[Flip, ...] = ()
    stuck: tuple[Stuck, ...] = ()
    events: tuple[EventFault, ...] = ()

    def __len__(self) -> int:
        return len(self.flips) + len(self.stuck) + len(self.events)

    def check(self, config: CoreConfig) -> "FaultList":
        """Itself, if every place is one of the build. Raises InputError that names the first that is not."""
        known = shapes(config)
        for number, flip in enumerate(self.flips):
            what = f"flip {number}"
            if flip.memory not in known:
                raise InputError(f"{what}: a build with {config.delay_unit} has no {flip.memory}")
            shape = known[flip.memory]
            for name, limit in (("copy", shape.copies), ("address", shape.depth), ("bit", shape.width)):
                _below(f"{what}: {name} of {flip.memory}", getattr(flip, name), limit)
            timed = flip.sample is not None and flip.step is not None
            if timed != (flip.memory in STATE) or (flip.sample is None) != (flip.step is None):
                expected = "a sample and a step" if flip.memory in STATE else "neither sample nor step"
                raise InputError(f"{what}: expected {expected} for {flip.memory}")
        if len(set(self.flips)) != len(self.flips):
            raise InputError("flips: a bit can flip once at a time, expected each place and time once")
        bank = known[MemoryName.ACCUMULATORS]
        for number, each in enumerate(self.stuck):
            for name, limit in (("lane", bank.copies), ("address", bank.depth), ("bit", bank.width), ("value", 2)):
                _below(f"stuck bit {number}: {name}", getattr(each, name), limit)
        places = {(each.sample, each.step, each.axon) for each in self.events}
        if len(places) != len(self.events):
            raise InputError("event faults: an event can have one fault only, expected each place once")
        return self

    def disturbed(self, events: list[IntArray], sample: int) -> list[IntArray]:
        """The events of a sample, the axons of each step in their order, as they arrive at the core."""
        faults = {(each.step, each.axon): each.kind for each in self.events if each.sample == sample}
        if not faults:
            return events
        steps: list[list[int]] = [[] for _ in range(len(events) + 1)]
        late: list[list[int]] = [[] for _ in range(len(events) + 1)]
        for step, axons in enumerate(events):
            for axon in map(int, axons):
                match faults.get((step, axon)):
                    case None:
                        steps[step].append(axon)
                    case EventKind.DOUBLED:
                        steps[step] += [axon, axon]
                    case EventKind.LATE:
                        late[step + 1].append(axon)
        return [np.array([*now, *before], np.int64) for now, before in zip(steps, late, strict=True)][: len(events)]

    # The file.

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the list as JSON, whole or not at all."""
        content = {
            "version": VERSION,
            "flips": [{key: value for key, value in asdict(flip).items() if value is not None} for flip in self.flips],
            "stuck": [asdict(each) for each in self.stuck],
            "events": [asdict(each) for each in self.events],
        }
        write_atomic(path, (json.dumps(content, indent=1) + "\n").encode())

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> "FaultList":
        """Read a list. Raises InputError that names file and entry."""
        try:
            content = json.loads(read_bytes(path, "fault list"))
        except ValueError as error:
            raise InputError(f"{path}: not JSON: {error}") from None
        if not isinstance(content, dict) or content.get("version") != VERSION:
            raise InputError(f"{path}: expected a fault list of version {VERSION}")
        kinds: dict[str, Any] = {"flips": Flip, "stuck": Stuck, "events": EventFault}
        return cls(**{name: tuple(_entry(path, name, number, kind, entry)
                                  for number, entry in enumerate(content.get(name, [])))
                      for name, kind in kinds.items()})  # fmt: skip


def draw_flips(config: CoreConfig, memory: MemoryName, rate: float, rng: np.random.Generator, *, steps: int = 0,
               sample: int = 0, bits: Sequence[int] | None = None) -> tuple[Flip, ...]:  # fmt: skip
    """Flips of a memory, each bit with the probability ``rate``: once, or of a state at the end of each of ``steps``.

    ``bits``: only of these bits of each word. Raises InputError for a rate that is no probability, and for a
    memory that the build has not.
    """
    known = shapes(config)
    if memory not in known:
        raise InputError(f"faults: a build with {config.delay_unit} has no {memory}")
    shape = known[memory]
    times = 1 if memory in IMAGE else steps
    chosen = np.arange(shape.width) if bits is None else np.asarray(bits, np.int64)
    found = _places(shape.copies * shape.depth * len(chosen) * times, rate, rng)
    rest, which = np.divmod(found, len(chosen))
    bit = chosen[which]
    rest, address = np.divmod(rest, shape.depth)
    step, copy = np.divmod(rest, shape.copies)
    return tuple(
        Flip(memory=memory, copy=c, address=a, bit=b, **({} if memory in IMAGE else {"sample": sample, "step": s}))
        for c, a, b, s in zip(copy.tolist(), address.tolist(), bit.tolist(), step.tolist(), strict=True)
    )


def draw_stuck(config: CoreConfig, rate: float, rng: np.random.Generator) -> tuple[Stuck, ...]:
    """Stuck bits of the accumulators, each bit with the probability ``rate``, at 0 or 1 alike. Raises InputError."""
    shape = shapes(config)[MemoryName.ACCUMULATORS]
    found = _places(shape.bits, rate, rng)
    values = rng.integers(0, 2, len(found))
    rest, bit = np.divmod(found, shape.width)
    lane, address = np.divmod(rest, shape.depth)
    return tuple(
        Stuck(lane=a, address=b, bit=c, value=d)
        for a, b, c, d in zip(lane.tolist(), address.tolist(), bit.tolist(), values.tolist(), strict=True)
    )


def draw_events(kind: EventKind, events: list[IntArray], rate: float, rng: np.random.Generator, *,
                sample: int = 0) -> tuple[EventFault, ...]:  # fmt: skip
    """Faults of one kind among the events of a sample, each with the probability ``rate``. Raises InputError."""
    step = np.repeat(np.arange(len(events)), [len(axons) for axons in events])
    axon = np.concatenate([np.zeros(0, np.int64), *events])
    chosen = _places(len(axon), rate, rng)
    return tuple(
        EventFault(kind=kind, sample=sample, step=s, axon=a)
        for s, a in zip(step[chosen].tolist(), axon[chosen].tolist(), strict=True)
    )


def _places(count: int, rate: float, rng: np.random.Generator) -> IntArray:
    """Of so many places, those at which something happens with the probability ``rate``, ascending."""
    if not 0 <= rate <= 1:
        raise InputError(f"fault rate must be in 0..1, not {rate!r}")
    number = int(rng.binomial(count, rate))
    return np.sort(rng.choice(count, number, replace=False, shuffle=False)).astype(np.int64)


def _below(what: str, value: int, limit: int) -> None:
    if not 0 <= value < limit:
        raise InputError(f"{what} must be in 0..{limit - 1}, not {value!r:.80}")


def _entry(path: str | os.PathLike[str], name: str, number: int, kind: Any, entry: Any) -> Any:
    """One entry of a file; its members are numbers, and names of a memory or a kind."""
    where = f"{path}: {name}[{number}]"
    known = kind.__dataclass_fields__
    if not isinstance(entry, dict) or not set(entry) <= set(known):
        raise InputError(f"{where}: expected an object with {', '.join(known)}, not {entry!r:.80}")
    values = dict(entry)
    for key, named in (("memory", MemoryName), ("kind", EventKind)):
        if key in values:
            try:
                values[key] = named(values[key])
            except ValueError:
                allowed = IMAGE + STATE if named is MemoryName else tuple(EventKind)
                raise InputError(
                    f"{where}: {key} must be one of {', '.join(allowed)}, not {values[key]!r:.80}"
                ) from None
    for key, value in values.items():
        if key not in ("memory", "kind") and (type(value) is not int or value < 0):
            raise InputError(f"{where}: {key} must be an integer of at least 0, not {value!r:.80}")
    try:
        return kind(**values)
    except TypeError:
        raise InputError(f"{where}: expected an object with {', '.join(known)}, not {entry!r:.80}") from None
