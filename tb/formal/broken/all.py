"""The broken variants, each of which a proof must reject."""

from tb.formal.broken.core import ACCUMULATORS, CONTROL, CORE, LOADER, NEURONS, SYNAPSES
from tb.formal.broken.delay import DELAY, EQUIVALENCE

FAMILIES = {
    "delay units": DELAY,
    "equivalence": EQUIVALENCE,
    "accumulators": ACCUMULATORS,
    "neurons": NEURONS,
    "controller": CONTROL,
    "synapse engine": SYNAPSES,
    "loader": LOADER,
    "core": CORE,
}
"""By the block that is broken."""
MUTANTS = tuple(each for family in FAMILIES.values() for each in family)
"""All of them."""
