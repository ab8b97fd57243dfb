# SPDX-License-Identifier: Apache-2.0
"""The memories that join a core to a fabric, and how often they are read and written in a sample."""

from collections.abc import Mapping, Sequence

import numpy as np

from model.cost.memories import Accesses, MemoryName, MemoryShape
from model.encoding import Raster
from model.fabric.bundle import Bundle
from model.fabric.config import FabricConfig
from rtl.fabric.feeder import inbox_layout, waiting_token_layout
from rtl.fabric.layouts import span_layout
from rtl.layouts import spike_layout

END = 1
"""Tokens of the host that end a sample."""


def joint_memories(config: FabricConfig) -> list[MemoryShape]:
    """The memories of each node of a fabric besides those of its core."""
    geometry = config.geometry
    axon_bits = max(1, (geometry.axons - 1).bit_length())
    outbox = 1 + config.node_bits + geometry.neuron_bits
    spike = spike_layout(config.cores[0]).size

    def memory(name: MemoryName, depth: int, width: int, *, two_port: bool = False) -> MemoryShape:
        return MemoryShape(name=name, depth=depth, width=width, two_port=two_port)

    return [
        memory(MemoryName.INBOX, 2 << axon_bits, inbox_layout(config)["axon"].width, two_port=True),
        memory(MemoryName.SPANS, 1 << config.nodes.bit_length(), span_layout(config).size),
        memory(MemoryName.ROUTES, 1 << config.route_bits, config.local_bits),
        memory(MemoryName.HOPS, 1 << geometry.neuron_bits, config.node_bits),
        # The last word of a buffered FIFO is its output register.
        memory(MemoryName.OUTBOX, geometry.neurons + 1, outbox, two_port=True),
        memory(MemoryName.COLLECTED, geometry.neurons + 1, spike, two_port=True),
        memory(MemoryName.WAITING, config.input_depth, waiting_token_layout(config).size, two_port=True),
    ]


def core_events(bundle: Bundle, core: int, events: Raster, spikes: Raster) -> Raster:
    """The events of a core's own axons in a sample, shape (steps, axons of the core).

    ``events``, ``spikes``: of the network, shape (steps, axons) and (steps, neurons). A spike of another core is an
    event of the next step.
    """
    source = bundle.sources(core)
    found = np.zeros((len(events), len(source)), np.bool_)
    host = (source >= 0) & (source < bundle.axons)
    found[:, host] = events[:, source[host]]
    other = source >= bundle.axons
    found[1:, other] = spikes[:-1, source[other] - bundle.axons]
    return found


def joint_accesses(
    bundle: Bundle, core: int, events: Raster, spikes: Raster, ring_tokens: Sequence[int]
) -> Mapping[MemoryName, Accesses]:
    """Reads and writes of each of ``joint_memories`` of a core in a sample.

    ``events``, ``spikes`` as in ``core_events``; ``ring_tokens``: those that each core of the ring puts on it or passes
    on (``FabricCycles.ring_tokens``). Every token that comes by is looked up, heard or not.
    """
    steps = len(events)
    source = bundle.sources(core)
    inner = source[source >= bundle.axons] - bundle.axons
    outer = source[(source >= 0) & (source < bundle.axons)]
    arrivals, taken = int(spikes[:, inner].sum()), int(spikes[:-1, inner].sum())
    waiting = int(events[:, outer].sum()) + steps + END
    asked = ring_tokens[core - 1] + int(events.sum()) + steps + END
    own = spikes[:, bundle.neurons(core)].sum(0)
    fired = int(own.sum()) + steps + END
    sent = int(own[bundle.routes[core].hops > 0].sum()) + steps
    return {
        MemoryName.INBOX: Accesses(reads=taken, writes=arrivals),
        MemoryName.SPANS: Accesses(reads=asked, writes=0),
        MemoryName.ROUTES: Accesses(reads=asked, writes=0),
        MemoryName.HOPS: Accesses(reads=fired, writes=0),
        MemoryName.OUTBOX: Accesses(reads=sent, writes=sent),
        MemoryName.COLLECTED: Accesses(reads=fired, writes=fired),
        MemoryName.WAITING: Accesses(reads=waiting, writes=waiting),
    }
