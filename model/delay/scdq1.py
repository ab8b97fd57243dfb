# SPDX-License-Identifier: Apache-2.0
"""The SCDQ with a single queue, whose events share the counters of their age."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from model.cost.memories import MemoryShape
from model.delay.orbit import OrbitSpec, OrbitTiming
from model.delay.spec import Arrivals, Holds, Moves

if TYPE_CHECKING:
    from model.config import CoreConfig


class Scdq1Timing(OrbitTiming):
    """Arrivals are read as they come."""

    def arrive(self, offered: int, reads: list[int]) -> int:
        """See the base class."""
        return offered


class Scdq1Spec(OrbitSpec):
    """An event carries the number, modulo D, of the step in which it arrived."""

    def memories(self, config: "CoreConfig") -> Sequence[MemoryShape]:
        """The queue."""
        return self.queue(config, 1)

    def moves(self, config: "CoreConfig", arrivals: Arrivals) -> Moves:
        """See the base class."""
        again = self.again(arrivals)
        return Moves(lookups=len(arrivals.when) + again, memories=self.traffic(reads=again, writes=self.kept(arrivals)))

    def formula_bits(self, config: "CoreConfig", *, sources: int, targets: int, activity: float) -> float:
        """Events of the queue: a * I * D (arXiv 2501.13610)."""
        return activity * sources * config.delays * self.memories(config)[0].width


SPEC = Scdq1Spec(holds=Holds.EVENTS, timing=Scdq1Timing, marker="D", options={})
