# SPDX-License-Identifier: Apache-2.0
"""What every table of a configuration file has in common."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from model.limits import Range

Count = Annotated[int, Field(ge=1)]
Epochs = Annotated[int, Field(ge=0)]
Fraction = Annotated[float, Field(ge=0, lt=1)]
NonNegative = Annotated[float, Field(ge=0)]
Positive = Annotated[float, Field(gt=0)]


def in_range(allowed: Range) -> Any:
    """A range of ``model.limits``, for a field's annotation."""
    return Field(ge=allowed.low, le=allowed.high)


class Section(BaseModel):
    """A table of the TOML file: unknown keys are errors, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True)
