# SPDX-License-Identifier: Apache-2.0
"""What the proofs have to know of a delay unit; its module fills it in."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from amaranth.hdl import Module

from model.config import CoreConfig, DelayUnit
from tb.formal.delay.properties import DelayEnvironment, Ranking

WIDE = CoreConfig(neurons=1, axons=2, delays=5, rows=6, synapse_words=6, lanes=1)
NARROW = CoreConfig(neurons=1, axons=1, delays=3, rows=5, synapse_words=5, lanes=1)
"""Small enough for the solver; odd numbers of sources, delay levels and queue entries where it can take them."""


@dataclass(frozen=True, kw_only=True)
class ProvenUnit:
    """A delay unit in the proofs."""

    geometry: CoreConfig
    """Of the build in which it is proven."""
    depth: int = 1
    """``queue_depth`` of that build."""
    small_depth: int = 5
    """``queue_depth`` of the build in which a counterexample is looked for."""
    options: Mapping[str, int] = field(default_factory=dict)
    """What the unit alone may choose, of all its builds."""
    invariants: Callable[[Module, DelayEnvironment], None]
    """What is always true inside it: the step from "so far" to "for ever". A property alone is seldom inductive, for
    the solver starts from a state in which the queues hold anything. Invariants are asserted like the properties, so
    a wrong one fails; none is assumed."""
    ranking: Callable[[DelayEnvironment], Ranking]
    """How long it can still take: numbers that fall with every cycle in which its rows are taken."""
    held: Callable[[DelayEnvironment], Any] | None = None
    """Events in the queue that events are lost to, if it has queues."""


def proven(unit: DelayUnit) -> ProvenUnit:
    """``PROOF`` of the unit's module."""
    found: ProvenUnit = unit.part("tb.formal.delay", "PROOF")
    return found


def build_of(unit: DelayUnit) -> CoreConfig:
    """The build in which a unit is proven."""
    proof = proven(unit)
    return proof.geometry.with_unit(unit, proof.depth, **proof.options)


def smallest(unit: DelayUnit) -> CoreConfig:
    """The build in which a counterexample is looked for."""
    proof = proven(unit)
    return NARROW.with_unit(unit, proof.small_depth, **proof.options)


def smallest_overflow(unit: DelayUnit) -> CoreConfig:
    """The build in which an event that was lost is looked for: the next step ends without it."""
    geometry = CoreConfig(neurons=1, axons=1, delays=2, rows=4, synapse_words=4, lanes=1)
    return geometry.with_unit(unit, 2, **proven(unit).options)
