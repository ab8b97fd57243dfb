# SPDX-License-Identifier: Apache-2.0
"""What every table of a configuration file has in common."""

import re
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from model.limits import Range

Count = Annotated[int, Field(ge=1)]
Epochs = Annotated[int, Field(ge=0)]
Fraction = Annotated[float, Field(ge=0, lt=1)]
NonNegative = Annotated[float, Field(ge=0)]
Positive = Annotated[float, Field(gt=0)]


def _known_device(value: str) -> str:
    if not re.fullmatch(r"auto|cpu|cuda(:\d+)?", value):
        raise ValueError(f"must be cpu, cuda, cuda:N or auto, not {value!r}")
    return value


Device = Annotated[str, AfterValidator(_known_device)]
"""What torch computes on."""


def in_range(allowed: Range) -> Any:
    """A range of ``model.limits``, for a field's annotation."""
    return Field(ge=allowed.low, le=allowed.high)


class Section(BaseModel):
    """A table of the TOML file: unknown keys are errors, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True)
