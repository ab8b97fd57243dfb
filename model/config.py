# SPDX-License-Identifier: Apache-2.0
"""The build of one neurocore: a geometry, and the delay unit that is built with it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from model import limits
from model.delay.registry import DEFAULT, DelayUnit
from model.delay.spec import DelaySpec
from model.geometry import Geometry
from support.errors import InputError


class Protection(StrEnum):
    """What a word is guarded by."""

    NONE = "none"
    PARITY = "parity"
    SECDED = "secded"


def check_bits(width: int, protection: Protection) -> int:
    """Bits that a word of so many data bits has besides."""
    if width < 1:
        raise ValueError(f"width must be at least 1, not {width!r}")
    if protection is Protection.NONE:
        return 0
    if protection is Protection.PARITY:
        return 1
    checks = 4
    # Odd numbers of checks, but for those of one, which are the check bits themselves.
    while (1 << (checks - 1)) - checks < width:
        checks += 1
    return checks


class QueueMemory(StrEnum):
    """What the event queues of a delay unit are made of."""

    RAM = "ram"
    REGISTERS = "registers"


@dataclass(frozen=True, kw_only=True)
class CoreConfig(Geometry):
    """Build-time parameters of one neurocore: its geometry, and what the build adds to it.

    The delay unit, its memory and what that is made of, and check bits, change no result, so an image does not depend
    on them.
    """

    delay_unit: DelayUnit = DEFAULT
    """Which delay unit is built."""
    unit_options: Mapping[str, int] | tuple[tuple[str, int], ...] = ()
    """Parameters that only this delay unit has (``DelaySpec.options``), by name; those left out have their defaults.
    Kept as pairs in the unit's order."""
    queue_depth: int = limits.QUEUE_DEPTH.default
    """Entries of the delay unit's memory (1 to 2**20), as its ``DelaySpec.holds`` says: events of a queue, or sources
    with a history, from the first one that has a delay level above 0; no meaning for a unit that holds nothing."""
    queue_memory: QueueMemory = QueueMemory.RAM
    """Whether the event queues are synchronous RAM or flip-flops."""
    protection: Protection = Protection.NONE
    """What the words of the image memories (masks, rows, synapse words, parameters) are guarded by."""

    def __post_init__(self) -> None:
        super().__post_init__()
        limits.QUEUE_DEPTH.check("core configuration: queue_depth", self.queue_depth)
        for name, kind in (("delay_unit", DelayUnit), ("queue_memory", QueueMemory), ("protection", Protection)):
            try:
                object.__setattr__(self, name, kind(getattr(self, name)))
            except ValueError:
                choices = ", ".join(kind)
                raise InputError(
                    f"core configuration: {name} must be one of {choices}, not {getattr(self, name)!r}"
                ) from None
        self._settle_options()

    def _settle_options(self) -> None:
        """Check the unit's options, and fill in those that are left out."""
        given, known = dict(self.unit_options), self.spec.options
        for name, value in given.items():
            if name not in known:
                expected = ", ".join(known) or "none"
                raise InputError(f"core configuration: {self.delay_unit} has no option {name!r}: expected {expected}")
            choices = known[name].choices
            if isinstance(value, bool) or value not in choices:
                raise InputError(
                    f"core configuration: {name} of {self.delay_unit} must be one of {', '.join(map(str, choices))}, "
                    f"not {value!r}"
                )
        settled = tuple((name, given.get(name, option.default)) for name, option in known.items())
        object.__setattr__(self, "unit_options", settled)

    @property
    def spec(self) -> DelaySpec:
        """The delay unit, as far as the model knows it."""
        return self.delay_unit.spec

    def option(self, name: str) -> int:
        """A parameter that only this delay unit has."""
        return dict(self.unit_options)[name]

    @property
    def slots(self) -> int:
        """Accumulators per neuron."""
        return self.spec.slots(self)

    @property
    def accumulators_per_lane(self) -> int:
        """Addresses of a lane's accumulators: slot * 2**target_bits + target index."""
        return self.slots << self.target_bits

    def accumulator_memory_bits(self, slots: int) -> int:
        """Bits of all accumulators as built, with so many per neuron: each lane's memory has slots * 2**target_bits."""
        return (self.lanes * slots << self.target_bits) * self.accumulator_bits

    @property
    def delay_memory_bits(self) -> int:
        """Delay memory as built, in bits: all accumulators, and what the delay unit holds.

        Every report that speaks of delay memory means this. The skip mask is not in it, for any.
        """
        own = sum(memory.bits for memory in self.spec.memories(self)) + self.spec.flag_bits(self)
        return self.accumulator_memory_bits(self.slots) + own

    def with_unit(self, unit: DelayUnit | str, queue_depth: int = 1, **options: int) -> "CoreConfig":
        """The same geometry with another delay unit; ``queue_depth`` as in the field, ``options`` of the unit."""
        return replace(self, delay_unit=DelayUnit(unit), unit_options=options, queue_depth=max(1, queue_depth))


PRESETS: Mapping[str, Mapping[str, Any]] = {
    # The paper's 700-48-48-20 network with delay levels 0, 2, .., 58.
    "seneca48": {
        "neurons": 116, "axons": 700, "delays": 59, "rows": 4096, "synapse_words": 16384, "queue_depth": 8192,
    },
    # Small enough to read its waveform.
    "tiny": {
        "neurons": 6, "axons": 4, "delays": 4, "rows": 40, "synapse_words": 64, "lanes": 2, "accumulator_bits": 12,
        "state_bits": 14, "queue_depth": 40,
    },
    # Odd sizes everywhere: what tests use to catch an assumed power of two.
    "odd": {
        "neurons": 13, "axons": 11, "delays": 7, "rows": 120, "synapse_words": 150, "lanes": 3, "weight_bits": 5,
        "accumulator_bits": 13, "state_bits": 15, "queue_depth": 150,
    },
}  # fmt: skip
"""Named builds; ``preset`` makes a configuration of one."""


def preset(name: str, **changes: Any) -> CoreConfig:
    """The configuration of a named build, with fields changed by keyword.

    Raises InputError if there is no such preset.
    """
    if name not in PRESETS:
        raise InputError(f"no preset {name!r}: expected one of {', '.join(PRESETS)}")
    return CoreConfig(**{**PRESETS[name], **changes})
