# SPDX-License-Identifier: Apache-2.0
"""The broken variants, each of which a proof must reject."""

from model.config import DelayUnit
from tb.formal.broken.core import ACCUMULATORS, CONTROL, CORE, LOADER, SYNAPSES
from tb.formal.broken.delay import DELAY
from tb.formal.broken.fabric import FABRIC
from tb.formal.broken.neurons import NEURONS, REFRACTORY
from tb.formal.broken.protection import PROTECTION
from tb.formal.broken.variant import Mutation

FAMILIES: dict[str, tuple[Mutation, ...]] = {
    "delay units": DELAY,
    **{str(unit): unit.part("tb.formal.broken", "MUTANTS") for unit in DelayUnit},
    "accumulators": ACCUMULATORS,
    "neurons": NEURONS,
    "refractory periods": REFRACTORY,
    "controller": CONTROL,
    "synapse engine": SYNAPSES,
    "loader": LOADER,
    "core": CORE,
    "protection": PROTECTION,
    "fabric": FABRIC,
}
"""By the block that is broken."""
MUTANTS = tuple(each for family in FAMILIES.values() for each in family)
"""All of them."""
