"""What a delay unit has to do, in the fewest lines: which rows leave in which order, what is held, what is lost."""

from collections.abc import Sequence

from model.config import DelayUnit

Row = tuple[int, int]
"""Source and delay level."""


class UnitModel:
    """A delay unit, a step at a time.

    ``masks`` holds the delay levels of each source, ``limit`` the events that a queue may hold over an end of step
    (None: as many as come). ``peak`` and ``lost`` are what the unit's counters of these names say.
    """

    def __init__(self, unit: DelayUnit, masks: Sequence[set[int]], limit: int | None = None) -> None:
        self.unit, self.masks, self.limit = unit, masks, limit
        self.peak = self.lost = 0
        self.visits: list[int] = []
        """Rows of each visit to what was held, in the last step: to an event of a queue, to a source of a history."""
        self._held: list[Row] = []

    @property
    def held(self) -> int:
        """Events that are held now."""
        return len(self._held)

    def step(self, arrivals: Sequence[int]) -> list[Row]:
        """The rows that leave in a step in which these sources fire, in their order."""
        if self.unit is DelayUnit.RING:  # the accumulators keep the delays: all levels leave at once
            return [(source, level) for source in arrivals for level in sorted(self.masks[source])]
        # A history is visited in order of address, the oldest spike last; a queue in order of arrival.
        before = sorted(self._held) if self.unit is DelayUnit.BITMAP else self._held
        self.visits = self._rows_of_visits(before)
        judged = before + [(source, 0) for source in arrivals]
        stay = [(source, level + 1) for source, level in judged if max(self.masks[source], default=0) > level]
        self._held = stay[: self.limit]
        if self.unit.has_queues:
            self.lost += len(stay) - len(self._held)
            self.peak = max(self.peak, len(self._held))
        return [(source, level) for source, level in judged if level in self.masks[source]]

    def _rows_of_visits(self, held: Sequence[Row]) -> list[int]:
        rows: dict[int, int] = {}
        for number, (source, level) in enumerate(held):
            visit = source if self.unit is DelayUnit.BITMAP else number
            rows[visit] = rows.get(visit, 0) + (level in self.masks[source])
        return list(rows.values())

    def flush(self) -> None:
        """Forget what is held."""
        self._held = []

    def clear_counters(self) -> None:
        """Set ``peak`` and ``lost`` to 0."""
        self.peak = self.lost = 0
