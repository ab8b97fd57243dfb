"""The cycle model: predicts exactly how many cycles a core takes for a sample; docs/microarchitecture.md derives it.

Every block of the core is elastic: a token leaves a stage as soon as it is ready and the next stage is free. So the
cycle in which a token leaves is a maximum of earlier ones plus constants, and following the tokens in their order
gives every cycle without simulating any. The host is taken to offer a token in every cycle, and to take every output.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import ArrayLike, NDArray

from model.config import CoreConfig, DelayUnit
from model.cost.timing import FLUSH, NEURON_STAGES, ROW_QUEUE, SPIKE_FIFO
from model.image.image import Image

FETCH = 2
"""Cycles from EOS leaving the row queue to the first neuron's fetch: the step is done (1), the engine starts (1)."""
UPDATE = FETCH + NEURON_STAGES
"""Cycles from EOS leaving the row queue to EOS at the output, besides one a neuron."""
FIRED = UPDATE + SPIKE_FIFO
"""Cycles from EOS leaving the row queue to the first neuron's spike at the delay unit."""
ENDING = FLUSH + 1 + 1 + 1
"""Cycles from END at the input to END at the output, besides the clearing: flush, clearing starts (1), its end is seen
(1), END is sent (1)."""


@dataclass(frozen=True, kw_only=True)
class SampleCycles:
    """What a sample costs a core."""

    cycles: int
    """Cycles from the first token of the sample to its END at the output, both included."""
    synapse_cycles: int
    """Cycles of the synapse phases."""
    synapse_words: int
    """Synapse words fetched: one a cycle."""
    queue_peak: int
    """Most events held over an end of step."""
    lost_events: int
    """Events that found the queue full."""


class CycleModel:
    """Predicts the cycles of a core that holds ``image``.

    The core is built as ``config`` says, whose geometry is the image's.
    """

    def __init__(self, image: Image, config: CoreConfig) -> None:
        self.config = config
        self.capacity = max(1, image.capacity)
        masks = list(chain(_levels(image.axon_mask), _levels(image.neuron_mask)))
        words = iter((image.row_words).tolist())
        self.axons = len(image.axon_mask)
        self.neurons = len(image.neuron_mask)
        # For each source, the words of its rows by level; sources are numbered without gaps here.
        self.rows: list[dict[int, int]] = [{level: next(words) for level in levels} for levels in masks]
        self.highest = [max(levels, default=-1) for levels in masks]
        self.clear = max(config.accumulators_per_lane, 2 * self.neurons)

    def sample(self, events: Sequence[ArrayLike], spikes: Sequence[ArrayLike]) -> SampleCycles:
        """The cost of a sample.

        ``events[t]``: axons in the order in which the host streams them in step t; ``spikes[t]``: hardware addresses
        of the neurons that fire in step t, in any order. Both have one entry per step.
        """
        unit = _TIMINGS[self.config.delay_unit](self)
        pipe = unit.pipe
        synapse_cycles = 0
        fired: list[tuple[int, int]] = []
        for now, firing in zip(events, spikes, strict=True):
            began = pipe.opened
            unit.step(fired, began, np.asarray(now, np.int64).tolist())
            synapse_cycles += pipe.popped - began + 1
            addresses = np.sort(np.asarray(firing, np.int64)).tolist()
            fired = [(pipe.popped + FIRED + neuron, self.axons + neuron) for neuron in addresses]
            pipe.opened = pipe.popped + UPDATE + self.neurons + 1
        return SampleCycles(
            cycles=pipe.opened + ENDING + self.clear + 1,
            synapse_cycles=synapse_cycles,
            synapse_words=pipe.words,
            queue_peak=unit.peak,
            lost_events=unit.lost,
        )


class _RowPipe:
    """The synapse engine: from the cycle in which a row is offered to the cycle in which its last word is fetched."""

    def __init__(self) -> None:
        self.opened = 0  # first cycle of the step in which words may be fetched
        self.popped = -1  # cycle in which the last row, or EOS, left the row queue
        self.words = 0
        self._queued = -1  # cycle in which the row before entered the row queue
        self._pops = deque([-1] * ROW_QUEUE, maxlen=ROW_QUEUE)

    def row(self, offered: int, words: int) -> int:
        """Pass on a row (or EOS, with 0 words) that is offered from a cycle on; the cycle in which it is taken."""
        taken = max(offered, self._queued)
        self._queued = max(taken + 1, self._pops[0] + 1)
        first = max(self._queued + 1, self.popped + 1, self.opened)
        self.popped = first + words - 1 if words else first
        self.words += words
        self._pops.append(self.popped)
        return taken


Arrivals = list[tuple[int, int]]
"""Sources with the first cycle in which each can be taken by the delay unit."""


class _RingTiming:
    """The presynaptic stage of the ring: lists the rows of each arrival."""

    def __init__(self, model: CycleModel) -> None:
        self.pipe = _RowPipe()
        self.peak = self.lost = 0
        self._rows = model.rows
        self._accepted = self._first_left = self._listed = -1

    def step(self, fired: Arrivals, began: int, axons: list[int]) -> None:
        """All arrivals of a step and its EOS; the host's tokens come from cycle ``began`` on."""
        for offered, source in fired:
            self._arrive(offered, list(self._rows[source].values()))
        for axon in axons:
            self._arrive(began, list(self._rows[axon].values()))
        self._arrive(began, [0])

    def _arrive(self, offered: int, rows: list[int]) -> None:
        self._accepted = max(offered, self._accepted + 1, self._first_left)
        self._first_left = self._accepted + 1
        if not rows:
            return
        self._first_left = max(self._first_left, self._listed)
        listed = self._first_left
        for words in rows:
            listed = self.pipe.row(listed + 1, words)
        self._listed = listed


class _QueueTiming:
    """Delay units with queues: what orbits comes before what arrives; each is read, judged, and leaves or not."""

    def __init__(self, model: CycleModel) -> None:
        self.pipe = _RowPipe()
        self.peak = self.lost = 0
        self._rows, self._highest, self._limit = model.rows, model.highest, model.capacity
        self._orbiting: list[tuple[int, int]] = []  # (source, level) in the order of the queue
        self._ended = -1  # cycle in which the last EOS left
        self._read = self._judged = self._left = self._taken = -1

    def step(self, fired: Arrivals, began: int, axons: list[int]) -> None:
        """All events of a step and its EOS; the host's tokens come from cycle ``began`` on."""
        stay: list[tuple[int, int]] = []
        reads: list[int] = []
        start = self._ended + 1
        for source, level in self._orbiting:
            self._pass(start, source, level, stay)
            reads.append(self._read)
        for offered, source in chain(fired, ((began, axon) for axon in axons)):
            self._pass(self._arrive(max(offered, start), reads), source, 0, stay)
            reads.append(self._read)
        self._advance(self._arrive(max(began, start), reads))
        self._left = max(self._judged + 1, self._taken)
        self._ended = self._taken = self.pipe.row(self._left + 1, 0)
        self._orbiting = stay
        self.peak = max(self.peak, len(stay))

    def _arrive(self, offered: int, reads: list[int]) -> int:
        """The first cycle in which an arrival that is offered from a cycle on can be read."""
        raise NotImplementedError

    def _pass(self, available: int, source: int, level: int, stay: list[tuple[int, int]]) -> None:
        self._advance(available)
        words = self._rows[source].get(level)
        self._left = self._judged + 1
        if words is not None:
            self._left = max(self._left, self._taken)
            self._taken = self.pipe.row(self._left + 1, words)
        if level < self._highest[source]:
            if len(stay) < self._limit:
                stay.append((source, level + 1))
            else:
                self.lost += 1

    def _advance(self, available: int) -> None:
        """Read the next event, and hand it to the pruning filter."""
        self._read = max(available, self._read + 1, self._judged)
        self._judged = max(self._read + 1, self._left)


class _ScdqTiming(_QueueTiming):
    """The SCDQ: arrivals enter PRQ, where they need room, and can be read a cycle later."""

    _accepted = -1

    def _arrive(self, offered: int, reads: list[int]) -> int:
        room = reads[len(reads) - self._limit] + 1 if len(reads) >= self._limit else 0
        self._accepted = max(offered, self._accepted + 1, room)
        return self._accepted + 1


class _Scdq1Timing(_QueueTiming):
    """The single-queue SCDQ: arrivals are read as they come."""

    def _arrive(self, offered: int, reads: list[int]) -> int:
        return offered


class _BitmapTiming:
    """The spike history: visits of the sources with bits, then arrivals; the due rows of each are listed."""

    def __init__(self, model: CycleModel) -> None:
        self.pipe = _RowPipe()
        self.peak = self.lost = 0
        self._rows, self._highest = model.rows, model.highest
        self._ages: dict[int, list[int]] = {}  # of each source with bits, its ages at the step before, ascending
        self._ended = -1  # cycle in which the last EOS left
        self._accepted = self._first_left = self._listed = self._numbered = -1

    def step(self, fired: Arrivals, began: int, axons: list[int]) -> None:
        """All visits and arrivals of a step and its EOS; the host's tokens come from cycle ``began`` on."""
        start = self._ended + 1
        ages: dict[int, list[int]] = {}
        for source, before in sorted(self._ages.items()):
            now = [age + 1 for age in before]
            self._item(start, [self._rows[source][age] for age in now if age in self._rows[source]])
            ages[source] = [age for age in now if age < self._highest[source]]
        for offered, source in chain(fired, ((began, axon) for axon in axons)):
            words = self._rows[source].get(0)
            self._item(max(offered, start), [] if words is None else [words])
            if self._highest[source] > 0:
                ages[source] = [0, *ages.get(source, [])]
        self._item(max(began, start), [0])
        self._ended = self._numbered
        self._ages = {source: each for source, each in ages.items() if each}

    def _item(self, offered: int, due: list[int]) -> None:
        self._accepted = max(offered, self._accepted + 1, self._first_left)
        self._first_left = self._accepted + 1
        if not due:
            return
        self._first_left = listed = max(self._first_left, self._listed)
        for words in due:
            listed = max(listed + 1, self._numbered)
            self._numbered = self.pipe.row(listed + 1, words)
        self._listed = listed


_TIMINGS: dict[DelayUnit, type[_RingTiming] | type[_QueueTiming] | type[_BitmapTiming]] = {
    DelayUnit.RING: _RingTiming,
    DelayUnit.SCDQ: _ScdqTiming,
    DelayUnit.SCDQ1: _Scdq1Timing,
    DelayUnit.BITMAP: _BitmapTiming,
}


def _levels(mask: NDArray[np.bool_]) -> Iterator[list[int]]:
    for row in mask:
        yield np.flatnonzero(row).tolist()
