# SPDX-License-Identifier: Apache-2.0
"""The limits that a run trains toward, one by one or as those of a core build."""

from dataclasses import MISSING, fields
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from model.config import PRESETS, CoreConfig, preset
from model.image.image import Image
from model.limits import ACCUMULATOR_BITS, LANES, STATE_BITS, signed_range
from support.errors import InputError
from train.config.section import Count, Section, in_range

WIDTHS = ("lanes", "accumulator_bits", "state_bits")
"""Limits that stand in ``[budget]`` for themselves, and that a core brings with it."""


class PruneStyle(StrEnum):
    """The unit of pruning."""

    SYNAPTIC = "synaptic"
    AXONAL = "axonal"
    """Whole rows (source, delay): bits of the skip mask."""
    LANES = "lanes"
    """Synapse words of a row with one synapse in each lane."""


def read_core(value: Any) -> CoreConfig:
    """The build that ``budget.core`` stands for: the name of a preset, an image (.chx), or a table of its numbers.

    A table has the fields of ``CoreConfig``, or ``preset`` and the fields that differ from it. Raises InputError for an
    unknown preset, a missing image, wrong fields, and anything else.
    """
    if isinstance(value, CoreConfig):
        return value
    if isinstance(value, str):
        if value.endswith(".chx"):
            return CoreConfig(**Image.load(Path(value)).geometry.numbers())
        if value not in PRESETS:
            raise InputError(f"no preset {value!r}: expected one of {', '.join(PRESETS)}, or an image (.chx)")
        return preset(value)
    if not isinstance(value, dict):
        raise InputError(f"expected a preset, an image (.chx) or a table, not {value!r}")
    given = dict(value)
    name = given.pop("preset", None)
    known = [field.name for field in fields(CoreConfig)]
    for key in given:
        if key not in known:
            raise InputError(f"unknown key {key!r}; expected preset, {', '.join(known)}")
    if name is not None:
        return preset(name, **given)
    missing = [field.name for field in fields(CoreConfig) if field.default is MISSING and field.name not in given]
    if missing:
        raise InputError(f"{', '.join(missing)}: missing; expected them, or preset")
    return CoreConfig(**given)


def read_keep(value: Any) -> Any:
    """``budget.keep`` as it is. Raises InputError unless it is a count, ``auto`` or nothing."""
    if value is None or value == "auto" or (isinstance(value, int) and not isinstance(value, bool) and value >= 1):
        return value
    raise InputError(f"must be a whole number of at least 1, or 'auto', not {value!r}")


class BudgetConfig(Section):
    """What the network has to fit into; absent limits do not bind."""

    keep: Annotated[int | Literal["auto"] | None, BeforeValidator(read_keep)] = None
    """Synapses that a pair of neurons keeps, those of largest weight (arXiv 2404.10597); ``auto``: as many in each
    layer as lose least within the other limits (``train.budget.choice``)."""
    synapses: Count | None = None
    image_bytes: Count | None = None
    core: CoreConfig | None = None
    """The build that the network has to fit: a preset, an image whose build is meant, or its numbers."""
    cores: Count = 1
    """Cores of that build, over which the neurons are spread (``model.mapping.partition``)."""
    style: PruneStyle = PruneStyle.SYNAPTIC
    """How synapses are pruned toward ``synapses``, ``image_bytes`` and the core's synapse words."""
    ramp: Annotated[float, Field(ge=0, le=1)] = 0.5
    """Share of the second phase over which the network is pruned, along a cubic (arXiv 1710.01878)."""
    lanes: Annotated[int, in_range(LANES)] = LANES.default
    accumulator_bits: Annotated[int, in_range(ACCUMULATOR_BITS)] = ACCUMULATOR_BITS.default
    state_bits: Annotated[int, in_range(STATE_BITS)] = STATE_BITS.default

    @property
    def vmax(self) -> int:
        """Largest potential; the smallest is -vmax - 1."""
        return signed_range(self.state_bits)[1]

    @property
    def largest_sum(self) -> int:
        """Most that an accumulator can hold."""
        return signed_range(self.accumulator_bits)[1]

    @model_validator(mode="before")
    @classmethod
    def _with_widths(cls, given: Any) -> Any:
        """Lanes and widths are the core's where there is one."""
        if not isinstance(given, dict) or given.get("core") is None:
            return given
        try:
            core = read_core(given["core"])
        except InputError as error:
            raise InputError(f"core: {error}") from None
        return {**{name: getattr(core, name) for name in WIDTHS}, **given, "core": core}

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.core is not None:
            for name in WIDTHS:
                if getattr(self, name) != getattr(self.core, name):
                    raise ValueError(
                        f"{name} must be the core's ({getattr(self.core, name)}), not {getattr(self, name)}"
                    )
        elif self.cores > 1:
            raise ValueError(f"cores ({self.cores}) need core, the build of each")
        if self.accumulator_bits > self.state_bits:
            raise ValueError(
                f"accumulator_bits must be at most state_bits ({self.state_bits}), not {self.accumulator_bits}"
            )
        if self.keep == "auto" and self.synapses is None and self.image_bytes is None and self.core is None:
            raise ValueError("keep = 'auto' needs a limit; expected synapses, image_bytes or core")
        return self
