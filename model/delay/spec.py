# SPDX-License-Identifier: Apache-2.0
"""What there is to say about a delay unit; its module fills in what is its own."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from model.cost.memories import Accesses, MemoryName, MemoryShape
from model.delay.timing import Timing

if TYPE_CHECKING:
    from model.config import CoreConfig


class Holds(Enum):
    """What a unit keeps of what arrived, and so what ``CoreConfig.queue_depth`` counts."""

    NOTHING = auto()
    """All rows leave at once; the accumulators wait."""
    EVENTS = auto()
    """Events in queues, with room for the capacity of the image."""
    SOURCES = auto()
    """A history of each of so many sources, from the first one that has a delay level above 0."""


@dataclass(frozen=True, kw_only=True)
class Option:
    """A parameter of a build that only one unit has."""

    default: int
    choices: tuple[int, ...]
    says: str
    """What it is."""


@dataclass(frozen=True, kw_only=True)
class Arrivals:
    """What arrives at a delay unit in a sample."""

    raster: NDArray[np.bool_]
    """Shape (steps, sources)."""
    levels: NDArray[np.int64]
    """Highest delay level of each source, 0 without a row; shape (sources,)."""
    when: NDArray[np.intp]
    source: NDArray[np.intp]
    """Step and source of each arrival."""

    @property
    def highest(self) -> NDArray[np.int64]:
        """Highest delay level of each arrival."""
        return self.levels[self.source]

    @property
    def rest(self) -> NDArray[np.int64]:
        """Steps of the sample after that of each arrival."""
        return len(self.raster) - 1 - self.when


@dataclass(frozen=True, kw_only=True)
class Moves:
    """What the arrivals of a sample make a unit do."""

    lookups: int
    """Sources whose skip mask is read, ends of step not counted."""
    memories: Mapping[MemoryName, Accesses]
    """Of the unit's own memories."""


@dataclass(frozen=True, kw_only=True)
class DelaySpec(ABC):
    """A delay unit, as far as the model knows it.

    Rows leave ahead of their step by less than ``slots`` steps: the row of level l of a source that fired in step a is
    sent in step a + slots * (l // slots), and added to the accumulator of l mod slots steps later.
    """

    holds: Holds
    timing: type[Timing]
    """The cycles in which it does what it does."""
    marker: str
    """Marker of its curve in plots (a marker of matplotlib)."""
    options: Mapping[str, Option]
    """What a build of it may choose, by name."""

    @property
    def has_queues(self) -> bool:
        """Whether it holds events in queues."""
        return self.holds is Holds.EVENTS

    def entries(self, *, capacity: int, histories: int) -> int:
        """The ``queue_depth`` that a network needs: ``capacity`` events, or a history of ``histories`` sources.

        A unit that holds nothing takes any.
        """
        return histories if self.holds is Holds.SOURCES else capacity

    @abstractmethod
    def slots(self, config: "CoreConfig") -> int:
        """Accumulators per neuron."""

    @abstractmethod
    def memories(self, config: "CoreConfig") -> Sequence[MemoryShape]:
        """The memories that it has besides the accumulators."""

    def flag_bits(self, config: "CoreConfig") -> int:
        """Bits that it keeps in flip-flops and of which there are more, the larger its memory is."""
        return 0

    def held_levels(self, config: "CoreConfig", highest: NDArray[np.int64]) -> NDArray[np.int64]:
        """Ends of step over which events with these highest delay levels are held."""
        return highest

    @abstractmethod
    def moves(self, config: "CoreConfig", arrivals: Arrivals) -> Moves:
        """What a sample makes it do, if nothing is lost."""

    @abstractmethod
    def formula_bits(self, config: "CoreConfig", *, sources: int, targets: int, activity: float) -> float:
        """Its memory by the published formula, with the widths of the build; ``activity``: share of the sources that
        fire in a step."""
