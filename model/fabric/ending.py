# SPDX-License-Identifier: Apache-2.0
"""End of sample on a fabric, cycle by cycle: the read-outs of all cores share one way to the host."""

from dataclasses import dataclass

from model.cost.cycles import ENDING
from model.cost.timing import FLUSH, SPIKE_FIFO

FIRST_READ = FLUSH + 3
"""Cycles from END at the core to its first read-out: flush, clearing starts (1), the state is read (1), shown (1)."""
AGAIN = 2
"""Cycles from a read-out that leaves to the next one, or to END: seen (1), read or sent (1)."""
ROOM = 2
"""Tokens that wait at each core, and at the output."""


@dataclass
class Ending:
    """What a core has to do from END on."""

    taken: int
    """The cycle in which it takes END."""
    neurons: int
    clear: int
    """Cycles in which its accumulators are cleared."""
    shown: int = 0
    """From which cycle on it shows its next read-out, or END."""
    queued: int = 0
    """Tokens that wait at its collector."""
    ended: bool = False

    def __post_init__(self) -> None:
        self.shown = self.taken + FIRST_READ
        self.cleared = self.taken + ENDING + self.clear + SPIKE_FIFO

    def offer(self, cycle: int) -> bool:
        """Take what the core shows in this cycle, if it shows anything."""
        if self.ended or cycle < self.shown:
            return False
        self.ended = self.neurons == 0
        self.neurons -= 1
        self.shown = cycle + AGAIN
        if self.neurons == 0:
            self.shown = max(self.shown + SPIKE_FIFO, self.cleared)
        return True


def last_end(cores: list[Ending]) -> int:
    """The cycle in which the last END leaves the output; nothing else is under way, and the host takes all at once."""
    left = sum(core.neurons + 1 for core in cores)  # tokens that have not left the output
    output = 0
    cycle = min(core.taken for core in cores)
    while True:
        before, output_before = [core.queued for core in cores], output
        if output_before:
            output -= 1
            left -= 1
            if left == 0:
                return cycle
        if before[0] and output_before < ROOM:
            cores[0].queued -= 1
            output += 1
        for number, core in enumerate(cores):
            if before[number] == ROOM:
                continue
            if number + 1 < len(cores) and before[number + 1]:
                cores[number + 1].queued -= 1
                core.queued += 1
            else:
                core.queued += core.offer(cycle)
        cycle += 1
