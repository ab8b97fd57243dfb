"""Every property that is proven, and every broken variant that a proof rejects."""

from tb.formal import units
from tb.formal.mutants import MUTANTS
from tb.formal.mutation import Mutation
from tb.formal.prop import Property


def properties() -> dict[str, Property]:
    """All properties by name."""
    return {each.name: each for each in [*units.properties()]}


def mutations() -> dict[str, Mutation]:
    """All broken variants by name."""
    return {each.name: each for each in MUTANTS}
