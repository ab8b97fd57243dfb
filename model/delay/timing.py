# SPDX-License-Identifier: Apache-2.0
"""The way of rows through a core, cycle by cycle, and what a delay unit's timing model adds to it."""

from abc import ABC, abstractmethod
from collections import deque
from dataclasses import dataclass

from model.cost.timing import ROW_QUEUE


class RowPipe:
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


Offers = list[tuple[int, int]]
"""Sources with the first cycle in which each can be taken by the delay unit."""


@dataclass(frozen=True, kw_only=True)
class Tables:
    """What a timing model has to know of an image and a build."""

    rows: list[dict[int, int]]
    """For each source, the words of its rows by level; sources are numbered without gaps."""
    highest: list[int]
    """Highest level of each source; -1 without a row."""
    capacity: int
    """Events that a queue may hold."""
    slots: int
    """Accumulators per neuron."""


class Timing(ABC):
    """When the rows of a unit leave; a step at a time, from the first one of a sample on."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables
        self.pipe = RowPipe()
        self.held = 0
        """What is held over the last end of step: events, or bits of a history; ``peak`` is the most events."""
        self.peak = self.lost = 0
        self._dropped = 0

    def drop(self, events: int) -> None:
        """Events of this step that found the queue full: lost, once the next step of the sample ends."""
        self.lost += self._dropped
        self._dropped = events

    @abstractmethod
    def step(self, arrivals: Offers, eos: int) -> None:
        """All arrivals of a step in their order, and its EOS: with the first cycle in which each can be taken.

        One that could be taken sooner than those before it waits for its turn.
        """
