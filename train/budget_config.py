"""The limits that a run trains toward."""

from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from train.section import Count, Section


class PruneStyle(StrEnum):
    """The unit of pruning."""

    SYNAPTIC = "synaptic"
    AXONAL = "axonal"
    """Whole rows (source, delay): bits of the skip mask."""
    LANES = "lanes"
    """Synapse words of a row with one synapse in each lane."""


class BudgetConfig(Section):
    """What the network has to fit into; absent limits do not bind."""

    keep: Count | None = None
    """Synapses that a pair of neurons keeps, those of largest weight (arXiv 2404.10597)."""
    synapses: Count | None = None
    image_bytes: Count | None = None
    style: PruneStyle = PruneStyle.SYNAPTIC
    """How synapses are pruned toward ``synapses`` and ``image_bytes``."""
    ramp: Annotated[float, Field(ge=0, le=1)] = 0.5
    """Share of the second phase over which the network is pruned, along a cubic (arXiv 1710.01878)."""
    lanes: Annotated[int, Field(ge=1, le=32)] = 8
    accumulator_bits: Annotated[int, Field(ge=2, le=31)] = 18
    state_bits: Annotated[int, Field(ge=4, le=31)] = 20

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.accumulator_bits > self.state_bits:
            raise ValueError(
                f"accumulator_bits must be at most state_bits ({self.state_bits}), not {self.accumulator_bits}"
            )
        return self
