# SPDX-License-Identifier: Apache-2.0
"""The records of the fabric: the tokens of the host, of its two chains, and of the ring."""

from enum import IntEnum

from amaranth.hdl import signed
from amaranth.lib.data import StructLayout

from model.fabric.config import FabricConfig

HOST_AXON_BITS = 16
"""Bits of an axon in the host's tokens, so that unknown axons can be told from known ones."""


class HostKind(IntEnum):
    """What a token of the host stands for; the first three as ``rtl.layouts.Kind``."""

    EVENT = 0
    """``data`` is an axon of the network that fires."""
    EOS = 1
    """End of step."""
    END = 2
    """End of sample."""
    BUNDLE = 3
    """``data`` is a byte of a bundle; ``last`` marks the last one."""


class OutKind(IntEnum):
    """What a token of the fabric's output stands for; the first three as ``rtl.layouts.Kind``."""

    EVENT = 0
    """A neuron fired."""
    EOS = 1
    """End of step."""
    END = 2
    """End of sample."""
    READOUT = 3
    """The read-out of one neuron, before END."""


class ChainKind(IntEnum):
    """What a token on the way from the host to the cores stands for; the first three are for all of them."""

    EVENT = 0
    EOS = 1
    END = 2
    IMAGE = 3
    """A byte of the core's image."""
    SENDERS = 4
    """A byte of the set of senders, the lowest cores first."""
    LISTENERS = 5
    EOS_HOPS = 6
    SPAN_BASE = 7
    SPAN_FIRST = 8
    SPAN_COUNT = 9
    """The last part of a span: it is of the next core."""
    HOST_COUNT = 10
    """The last part of the host's span."""
    ENTRY = 11
    """The next entry of the route table."""
    HOPS = 12
    """The hops of the next neuron."""


def host_layout() -> StructLayout:
    """A token of the host."""
    return StructLayout({"kind": HostKind, "data": HOST_AXON_BITS, "last": 1})


def out_layout(config: FabricConfig) -> StructLayout:
    """A token of the fabric's output; ``neuron`` is the core's hardware address."""
    geometry = config.geometry
    return StructLayout(
        {
            "kind": OutKind,
            "core": config.node_bits,
            "neuron": geometry.neuron_bits,
            "potential": signed(geometry.state_bits),
            "potential_sum": signed(geometry.sum_bits),
        }
    )


def chain_layout(config: FabricConfig) -> StructLayout:
    """A token on the way from the host to the cores; ``core``: whom it is for, unless it is for all."""
    return StructLayout(
        {
            "kind": ChainKind,
            "core": config.node_bits,
            "data": max(HOST_AXON_BITS, config.route_bits),
            "last": 1,
        }
    )


def ring_layout(config: FabricConfig) -> StructLayout:
    """A token on the ring."""
    return StructLayout(
        {
            "eos": 1,
            "hops": config.node_bits,
            "core": config.node_bits,
            "neuron": config.geometry.neuron_bits,
        }
    )


def span_layout(config: FabricConfig) -> StructLayout:
    """Where the sources of a sender have their entries in the route table."""
    return StructLayout({"base": config.route_bits, "first": HOST_AXON_BITS, "count": HOST_AXON_BITS + 1})
