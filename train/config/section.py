"""What every table of a configuration file has in common."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from model.config import LIMITS

Count = Annotated[int, Field(ge=1)]
Epochs = Annotated[int, Field(ge=0)]
Fraction = Annotated[float, Field(ge=0, lt=1)]
NonNegative = Annotated[float, Field(ge=0)]
Positive = Annotated[float, Field(gt=0)]


def in_build(name: str) -> Any:
    """The range that a number has in a build (``model.config.LIMITS``), for a field's annotation."""
    low, high = LIMITS[name]
    return Field(ge=low, le=high)


class Section(BaseModel):
    """A table of the TOML file: unknown keys are errors, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True)
