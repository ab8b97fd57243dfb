# SPDX-License-Identifier: Apache-2.0
"""The cycle model: predicts exactly how many cycles a core takes for a sample; docs/microarchitecture.md derives it.

Every block of the core is elastic: a token leaves a stage as soon as it is ready and the next stage is free. So the
cycle in which a token leaves is a maximum of earlier ones plus constants, and following the tokens in their order
gives every cycle without simulating any. The host is taken to offer a token in every cycle, and to take every output.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import ArrayLike, NDArray

from model.config import CoreConfig
from model.cost.timing import CLOSE, FLUSH, NEURON_STAGES, SLICE, SPIKE_FIFO
from model.delay.timing import Offers, Tables
from model.image.image import Image

FETCH = CLOSE + 1
"""Cycles from EOS at the head of the row queue to the first neuron's fetch: besides CLOSE, the engine starts (1)."""
UPDATE = FETCH + NEURON_STAGES
"""Cycles from EOS at the head of the row queue to EOS at the output, besides one a neuron."""
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
        masks = list(chain(_levels(image.axon_mask), _levels(image.neuron_mask)))
        words = iter((image.row_words).tolist())
        self.axons = len(image.axon_mask)
        self.neurons = len(image.neuron_mask)
        self.tables = Tables(
            rows=[{level: next(words) for level in levels} for levels in masks],
            highest=[max(levels, default=-1) for levels in masks],
            capacity=max(1, image.capacity),
            slots=config.slots,
        )
        self.clear = max(config.accumulators_per_lane, 2 * self.neurons)

    def sample(self, events: Sequence[ArrayLike], spikes: Sequence[ArrayLike]) -> SampleCycles:
        """The cost of a sample.

        ``events[t]``: axons in the order in which the host streams them in step t; ``spikes[t]``: hardware addresses
        of the neurons that fire in step t, in any order. Both have one entry per step.
        """
        run = SampleRun(self)
        synapse_cycles = sum(run.play(now, firing) for now, firing in zip(events, spikes, strict=True))
        return SampleCycles(
            cycles=run.cycles,
            synapse_cycles=synapse_cycles,
            synapse_words=run.pipe.words,
            queue_peak=run.unit.peak,
            lost_events=run.unit.lost,
        )


class SampleRun:
    """A sample under way in a core: a step at a time, by whoever knows when its tokens come."""

    def __init__(self, model: CycleModel) -> None:
        self.model = model
        self.unit = model.config.spec.timing(model.tables)
        self.pipe = self.unit.pipe
        """``opened`` is to be set before each step: the first cycle in which its words may be fetched."""
        self._fired: Offers = []

    @property
    def sent_eos(self) -> int:
        """The cycle in which the last end of step was sent."""
        return self.pipe.popped + UPDATE + self.model.neurons

    @property
    def cycles(self) -> int:
        """Of the sample, if it ends after the last step that was played."""
        return self.pipe.opened + ENDING + self.model.clear + 1

    def play(self, axons: ArrayLike, firing: ArrayLike) -> int:
        """Play a step whose tokens the host offers at once (``firing``: as in ``step``). Cycles of its words."""
        began = self.pipe.opened
        self.step([(began, axon) for axon in np.asarray(axons, np.int64).tolist()], began, firing)
        self.pipe.opened = self.sent_eos + 1
        return self.pipe.popped + CLOSE - began

    def step(self, axons: Offers, eos: int, firing: ArrayLike) -> list[tuple[int, int]]:
        """Play a step: its axons and its EOS, each with the first cycle in which it is offered.

        ``firing``: hardware addresses of the neurons that fire in it. Returns (cycle, neuron) of each spike at the
        output, in order.
        """
        self.unit.step([(cycle + SLICE, source) for cycle, source in self._fired + axons], eos + SLICE)
        addresses = np.sort(np.asarray(firing, np.int64)).tolist()
        sent = [(self.pipe.popped + UPDATE + neuron, neuron) for neuron in addresses]
        self._fired = [(cycle + SPIKE_FIFO, self.model.axons + neuron) for cycle, neuron in sent]
        return sent


def _levels(mask: NDArray[np.bool_]) -> Iterator[list[int]]:
    for row in mask:
        yield np.flatnonzero(row).tolist()
