# SPDX-License-Identifier: Apache-2.0
"""The way of rows through a core, cycle by cycle, and what a delay unit's timing model adds to it."""

from abc import ABC, abstractmethod
from collections import deque
from dataclasses import dataclass

from model.cost.timing import NUMBER, ROW_FETCH, ROW_QUEUE


class RowPipe:
    """The synapse engine: from the cycle in which a row is offered to the cycle in which its last word is fetched."""

    def __init__(self) -> None:
        self.opened = 0  # first cycle of the step in which words may be fetched
        self.popped = -1  # cycle in which the last row, or EOS, left the head of the row queue
        self.words = 0
        self._taken = -1
        self._headed = deque([-1] * ROW_QUEUE, maxlen=ROW_QUEUE)  # when the last rows came to the head

    def row(self, offered: int, words: int) -> int:
        """Pass on a row (or EOS, with 0 words) that is offered from a cycle on; the cycle in which it is taken."""
        # Comparisons, not max(): rows are most of what a simulation costs besides the simulator.
        taken = self._taken + 1
        if self._headed[0] >= taken:
            taken = self._headed[0] + 1
        taken = offered if offered > taken else taken
        self._taken = taken
        headed = taken + ROW_FETCH - 1
        headed = self.popped if self.popped > headed else headed
        self._headed.append(headed)
        first = headed + 1
        first = self.opened if self.opened > first else first
        self.popped = first + words - 1 if words else first
        self.words += words
        return taken


class NumberedRows:
    """The stages that find the numbers of rows, and the synapse engine behind them."""

    def __init__(self, pipe: RowPipe) -> None:
        self._pipe = pipe
        self._taken = deque([-1] * NUMBER, maxlen=NUMBER)

    @property
    def free(self) -> int:
        """The first cycle in which the next row can be handed over: as many as there are stages may be under way."""
        return self._taken[0]

    @property
    def last(self) -> int:
        """The cycle in which the last row was taken."""
        return self._taken[-1]

    def row(self, due: int, words: int) -> None:
        """Pass on a row (or EOS, with 0 words) that is handed over in a cycle, not before ``free``."""
        self._taken.append(self._pipe.row(due + NUMBER, words))


class Stages:
    """Elastic stages in a row: an item enters the first one as soon as it is free, and leaves the last in its turn.

    The first one is free when the item as many before it as there are stages has left. With a register slice among
    them, which has a second place, that is an item more, and the first one is free in the cycle after it has left: the
    slice takes by a register.
    """

    def __init__(self, count: int, *, sliced: bool = False) -> None:
        self._count, self._late = count, int(sliced)
        self.entered = -1
        self._left = deque([-1 - sliced] * (count + sliced), maxlen=count + sliced)

    def through(self, available: int, taken: int = -1) -> int:
        """Pass on an item that is available from a cycle on and not taken before one; the cycle in which it leaves."""
        left = self._left
        entered, free = self.entered + 1, left[0] + self._late
        entered = free if free > entered else entered
        entered = available if available > entered else entered
        self.entered = entered
        leaves = left[-1] + 1
        passed = entered + self._count
        leaves = passed if passed > leaves else leaves
        leaves = taken if taken > leaves else leaves
        left.append(leaves)
        return leaves


class Listing:
    """Items that go through some stages, one after the other; then the due rows of each are listed, a row a cycle."""

    def __init__(self, stages: Stages, pipe: RowPipe) -> None:
        self._stages, self._rows = stages, NumberedRows(pipe)
        self._listed = -1  # cycle in which the last row was listed

    @property
    def last(self) -> int:
        """Cycle in which the last row left."""
        return self._rows.last

    def item(self, available: int, due: list[int]) -> None:
        """The next item, which is there from a cycle on; ``due``: words of each of its rows."""
        leaves = self._stages.through(available, self._listed if due else -1)
        if due:
            self._listed = leaves
            for words in due:
                self._listed = max(self._listed + 1, self._rows.free)
                self._rows.row(self._listed, words)


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
