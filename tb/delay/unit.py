# SPDX-License-Identifier: Apache-2.0
"""What the benches have to know of a delay unit; its module fills it in."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from model.config import DelayUnit
from tb.delay.reference import UnitModel
from tb.delay.timing import UnitTiming


@dataclass(frozen=True, kw_only=True)
class BenchedUnit:
    """A delay unit in the benches."""

    model: type[UnitModel]
    timing: type[UnitTiming]
    depths: Mapping[str, int]
    """``queue_depth`` of each build: queues much smaller than the worst case, a history of fewer sources than there
    are."""
    options: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """What the unit alone may choose, of each build where it is not the default."""


def benched(unit: DelayUnit) -> BenchedUnit:
    """``BENCH`` of the unit's module."""
    found: BenchedUnit = unit.part("tb.delay", "BENCH")
    return found
