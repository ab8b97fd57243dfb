# SPDX-License-Identifier: Apache-2.0
"""Every property that is proven, and every broken variant that a proof rejects."""

from tb.formal.broken.all import MUTANTS
from tb.formal.broken.variant import Mutation
from tb.formal.core import accumulators, control, loader, neurons, protection, refractory, synapses
from tb.formal.core import neurocore as core
from tb.formal.delay import equivalence, queue, units
from tb.formal.fabric import feeder, outbox, peers, ring_register, routes
from tb.formal.prop import Property

BLOCKS = (
    units, equivalence, queue, synapses, accumulators, neurons, refractory, control, loader, core, protection,
    peers, outbox, feeder, routes, ring_register,
)  # fmt: skip
"""Modules that hold the properties of a block each."""


def properties() -> dict[str, Property]:
    """All properties by name."""
    return {each.name: each for block in BLOCKS for each in block.properties()}


def mutations() -> dict[str, Mutation]:
    """All broken variants by name."""
    return {each.name: each for each in MUTANTS}
