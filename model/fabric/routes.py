# SPDX-License-Identifier: Apache-2.0
"""The routes of one core of a bundle: whom it hears, who hears it, and which of its axons a source outside is."""

from collections.abc import Iterable
from dataclasses import dataclass

from model.network import IntArray


@dataclass(frozen=True, kw_only=True)
class Span:
    """Where the sources of one sender have their entries: source h has entry ``base`` + h - ``first``."""

    base: int
    first: int
    count: int


@dataclass(frozen=True, kw_only=True, eq=False)
class Routes:
    """What a core of a bundle has besides its image; docs/multicore.md describes it byte by byte."""

    senders: frozenset[int]
    """Cores whose spikes it hears."""
    listeners: frozenset[int]
    """Cores that hear it."""
    eos_hops: int
    """Hops of its end-of-step token: to the farthest sender or listener."""
    spans: tuple[Span, ...]
    """One for each core in use, then one for the host."""
    entries: IntArray
    """The core's own axon of each source, or -1: the core does not hear it."""
    hops: IntArray
    """Hops of a spike of each neuron by hardware address, shape (neurons,); 0: no other core hears it."""

    def axon(self, sender: int, source: int) -> int:
        """The core's own axon for neuron ``source`` of core ``sender`` (``len(spans) - 1``: for an axon of the host).

        -1 if the core does not hear it.
        """
        span = self.spans[sender]
        if not span.first <= source < span.first + span.count:
            return -1
        return int(self.entries[span.base + source - span.first])


def distance(sender: int, receiver: int, nodes: int) -> int:
    """Registers that a token passes from one core to another on a ring of ``nodes``; 0 to itself."""
    return (receiver - sender) % nodes


def farthest(core: int, peers: Iterable[int], nodes: int) -> int:
    """The distance to the farthest of the peers of a core; 0 if it has none."""
    return max((distance(core, peer, nodes) for peer in peers), default=0)
