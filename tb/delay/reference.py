# SPDX-License-Identifier: Apache-2.0
"""What a delay unit has to do, in the fewest lines: which rows leave in which order, what is held, what is lost."""

from abc import ABC, abstractmethod
from collections.abc import Sequence

from model.config import CoreConfig

Row = tuple[int, int]
"""Source and delay level."""


class UnitModel(ABC):
    """A delay unit, a step at a time.

    ``masks`` holds the delay levels of each source, ``limit`` the events that a queue may hold over an end of step
    (None: as many as come). ``peak`` and ``lost`` are what the unit's counters of these names say.
    """

    def __init__(self, config: CoreConfig, masks: Sequence[set[int]], limit: int | None = None) -> None:
        self.config, self.masks, self.limit = config, masks, limit
        self.peak = self.lost = 0
        self._missed = 0
        self.visits: list[int] = []
        """Rows of each visit to what was held, in the last step: to an event of a queue, to a source of a history."""
        self._held: list[tuple[int, ...]] = []

    @property
    def held(self) -> int:
        """Events that are held now."""
        return len(self._held)

    @abstractmethod
    def step(self, arrivals: Sequence[int]) -> list[Row]:
        """The rows that leave in a step in which these sources fire, in their order."""

    def highest(self, source: int) -> int:
        """Its highest level; 0 without a row."""
        return max(self.masks[source], default=0)

    def keep(self, stay: Sequence[tuple[int, ...]]) -> None:
        """Hold what stays over the end of step, as far as there is room in the queue."""
        self._held = list(stay[: self.limit])
        if self.config.delay_unit.has_queues:
            # The last step's count only now: there was a step after it.
            self.lost += self._missed
            self._missed = len(stay) - len(self._held)
            self.peak = max(self.peak, len(self._held))

    def flush(self) -> None:
        """Forget what is held."""
        self._held, self._missed = [], 0

    def clear_counters(self) -> None:
        """Set ``peak`` and ``lost`` to 0."""
        self.peak = self.lost = 0


class OrbitModel(UnitModel):
    """A queue in order of arrival, read once a step."""

    def step(self, arrivals: Sequence[int]) -> list[Row]:
        """See the base class."""
        self.visits = [int(level in self.masks[source]) for source, level in self._held]
        judged = [(source, level) for source, level in self._held] + [(source, 0) for source in arrivals]
        self.keep([(source, level + 1) for source, level in judged if self.highest(source) > level])
        return [(source, level) for source, level in judged if level in self.masks[source]]
