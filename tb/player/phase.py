# SPDX-License-Identifier: Apache-2.0
"""A run is a list of phases: what to play, when a phase is over, and what came out of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Tokens = Sequence[int] | NDArray[np.integer]
Probability = float | Mapping[str, float]


@dataclass(frozen=True, kw_only=True)
class Match:
    """The values x with ``x & mask == value``."""

    mask: int
    value: int


@dataclass(frozen=True, kw_only=True)
class Phase:
    """One phase of a run. It is over when all that it asks for holds at once, ``settle`` cycles later."""

    inputs: Mapping[str, Tokens] = field(default_factory=dict)
    """Tokens to play per source, as packed unsigned integers (``tb.player.packing.pack``)."""
    set: Mapping[str, int] = field(default_factory=dict)
    """Values of plain inputs from the start of this phase on; the others keep theirs."""
    expect: Mapping[str, int] = field(default_factory=dict)
    """Per sink or record, at least so many tokens must have come in this phase."""
    until: Mapping[str, Match | int] = field(default_factory=dict)
    """Per sink or record, a matching token must have come in this phase; per plain output, its value must match now.
    An integer stands for exactly that value."""
    cycles: int = 0
    """The phase lasts at least so many cycles."""
    drain: bool = True
    """All tokens of all sources must have been accepted; otherwise the rest is played in the next phase."""
    settle: int = 0
    """So many more cycles, which show what comes unasked."""
    reset: bool = False
    """Reset the component first, and forget tokens not yet played. The first phase of a run always does."""
    timeout: int | None = None
    """Cycles after which the phase has failed; None: the run's."""
    idle: Probability | None = None
    """Probability of an idle cycle of a source, at least 0 and below 1, for all or by port; None: the run's."""
    stall: Probability | None = None
    """Probability that a sink is not ready in a cycle, likewise."""


@dataclass(frozen=True, kw_only=True)
class PhaseResult:
    """What came out of a phase."""

    outputs: Mapping[str, list[int]]
    """Per sink and record, the payloads of the phase in order, as packed unsigned integers. A record also holds
    what came since the phase before ended."""
    at: Mapping[str, list[int]]
    """Per sink and record, the clock cycle of each transfer; cycles count from the start of the run."""
    values: Mapping[str, int]
    """Plain outputs at the end of the phase."""
    start: int
    """First clock cycle of the phase."""
    cycles: int
    """Length of the phase in clock cycles."""
