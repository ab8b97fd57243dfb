# SPDX-License-Identifier: Apache-2.0
"""The memories of a core, and of what joins it to others, by name, and how often one is read and written."""

from dataclasses import dataclass
from enum import StrEnum


class MemoryName(StrEnum):
    """The memories of a core; from INBOX on, those of a node of a fabric besides."""

    MASKS = "skip masks"
    ROWS = "row table"
    WORDS = "synapse words"
    ACCUMULATORS = "accumulators"
    STATES = "neuron states"
    PARAMETERS = "parameters"
    SPIKES = "spike FIFO"
    QUEUE = "event queue"
    HISTORY = "spike history"
    INBOX = "inbox"
    SPANS = "route spans"
    ROUTES = "route table"
    HOPS = "hops"
    OUTBOX = "outbox"
    WAITING = "input queue"
    COLLECTED = "output queue"


@dataclass(frozen=True, kw_only=True)
class Accesses:
    """Reads and writes of one memory, or of all copies of it together."""

    reads: int
    writes: int


@dataclass(frozen=True, kw_only=True)
class MemoryShape:
    """One memory of a core, or several alike."""

    name: MemoryName
    copies: int = 1
    depth: int
    width: int
    two_port: bool = False
    """Whether it is read and written in one cycle while the core runs; the others are written while an image loads."""

    @property
    def bits(self) -> int:
        """Bits of all copies."""
        return self.copies * self.depth * self.width
