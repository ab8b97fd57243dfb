# SPDX-License-Identifier: Apache-2.0
"""The Shared Circular Delay Queue: two queues that change roles at the end of step."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from model.cost.memories import MemoryShape
from model.delay.orbit import OrbitSpec, OrbitTiming
from model.delay.spec import Arrivals, Holds, Moves

if TYPE_CHECKING:
    from model.config import CoreConfig


class ScdqTiming(OrbitTiming):
    """Arrivals enter PRQ, where they need room, and can be read a cycle later."""

    _accepted = -1

    def arrive(self, offered: int, reads: list[int]) -> int:
        """See the base class."""
        limit = self.tables.capacity
        room = reads[len(reads) - limit] + 1 if len(reads) >= limit else 0
        self._accepted = max(offered, self._accepted + 1, room)
        return self._accepted + 1


class ScdqSpec(OrbitSpec):
    """An event carries a counter of its own."""

    def memories(self, config: "CoreConfig") -> Sequence[MemoryShape]:
        """PRQ and POQ."""
        return self.queue(config, 2)

    def moves(self, config: "CoreConfig", arrivals: Arrivals) -> Moves:
        """See the base class."""
        count = len(arrivals.when)
        judged = count + self.again(arrivals)
        return Moves(lookups=judged, memories=self.traffic(reads=judged, writes=count + self.kept(arrivals)))

    def formula_bits(self, config: "CoreConfig", *, sources: int, targets: int, activity: float) -> float:
        """Events of both queues: a * I * (2D - 1) (arXiv 2404.10597)."""
        return activity * sources * (2 * config.delays - 1) * self.memories(config)[0].width


SPEC = ScdqSpec(holds=Holds.EVENTS, timing=ScdqTiming, marker="s", options={})
