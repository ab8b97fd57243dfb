# SPDX-License-Identifier: Apache-2.0
"""The one registration of the delay units.

A unit is a name here, and a module of that name in each folder that has to do with units:

| module | its | holds |
|---|---|---|
| ``model.delay.<unit>`` | ``SPEC`` | memories, cycles, accesses, formula, looks in reports |
| ``model.faults.units.<unit>`` | ``HELD`` | what it holds, entry by entry, for faults |
| ``rtl.delay.<unit>`` | ``UNIT`` | the component |
| ``tb.delay.<unit>`` | ``BENCH`` | the reference of the benches |
| ``tb.formal.delay.<unit>`` | ``PROOF`` | build, invariants and ranking of its proofs |
| ``tb.formal.broken.<unit>`` | ``MUTANTS`` | broken variants that the proofs reject |

``flow/delay_report/logic/<unit>.toml`` has the measured area of its logic. Nothing else names a unit.
"""

from enum import StrEnum
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from model.delay.spec import DelaySpec


class DelayUnit(StrEnum):
    """The structure that gives synapses their delays."""

    RING = "ring"
    SCDQ = "scdq"
    SCDQ1 = "scdq1"
    BITMAP = "bitmap"
    HYBRID = "hybrid"

    def part(self, package: str, name: str) -> Any:
        """What the unit's module in ``package`` calls ``name``."""
        return getattr(import_module(f"{package}.{self}"), name)

    @property
    def spec(self) -> "DelaySpec":
        """What the unit is."""
        spec: DelaySpec = self.part("model.delay", "SPEC")
        return spec

    @property
    def has_queues(self) -> bool:
        """Whether it holds events in queues, of which the image says the capacity."""
        return self.spec.has_queues


DEFAULT = DelayUnit.RING
"""The unit of a build that asks for none."""
