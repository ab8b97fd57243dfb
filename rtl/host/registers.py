# SPDX-License-Identifier: Apache-2.0
"""The register map of a fabric: one list that makes the decoder in RTL, the host's constants, a C header and a page.

Registers have 32 bits. Those of the fabric lie from address 0 on, those of node n from NODES + n * STRIDE on.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum

from model.fabric.config import FabricConfig
from model.limits import NODES as NODE_LIMIT
from rtl.core.counters import COUNTERS, READS
from rtl.fabric.host_port import FABRIC_COUNTERS
from rtl.fabric.node import NODE_COUNTERS

IDENTITY = 0x43485258
"""``CHRX``: what ID reads."""
VERSION = 1
"""Of the map."""
ADDRESS_BITS = 14
NODES = 0x1000
"""Address of the first node's registers."""
STRIDE = 0x80
"""Bytes from one node's registers to the next one's."""
COUNTERS_AT = 0x40
"""Address of the fabric's first counter."""


class Control(IntEnum):
    """Bits of CONTROL."""

    RESET = 0
    """Written as 1: the fabric returns to its state after reset, and forgets its bundle. Reads 0."""


class BusFlag(IntEnum):
    """Sticky bits of BUS_FLAGS, which a read does not clear; reset does."""

    BAD_TOKEN = 0
    """An event of kind 3 came: it was dropped."""


@dataclass(frozen=True, kw_only=True)
class Register:
    """One register."""

    name: str
    """In lower case; the constants are in capitals."""
    address: int
    """In bytes; of a node's register from the first of its node on."""
    means: str
    writable: bool = False


def fabric_registers() -> list[Register]:
    """The registers of a fabric, in the order of their addresses."""
    names = {
        "id": f"0x{IDENTITY:08X}",
        "map_version": f"version of this map, {VERSION}",
        "nodes": "cores on the ring",
        "neurons": "neurons of each core",
        "lanes": "synapses a cycle of each core",
        "host_axons": "axons that the host can address",
        "control": "bit 0, written as 1: reset of the fabric",
        "status": "of the fabric: FabricStatus",
        "flags": "of the fabric: FabricFlag",
        "bus_flags": "bit 0: an event of kind 3 was dropped",
        "flagged_low": "bit n: node n has a flag; nodes 0 to 31",
        "flagged_high": "the same, nodes 32 to 63",
    }
    found = [
        Register(name=name, address=4 * place, means=means, writable=name == "control")
        for place, (name, means) in enumerate(names.items())
    ]
    return found + _counters(COUNTERS_AT, FABRIC_COUNTERS)


def node_registers() -> list[Register]:
    """The registers of a node, from its first one on."""
    found = [Register(name="status", address=0, means="of the core: Status"),
             Register(name="flags", address=4, means="of the core: Flag")]  # fmt: skip
    # Those that came later lie behind, so that the others stay where they were.
    earlier = {name: means for name, means in COUNTERS.items() if name not in READS}
    return found + _counters(8, {**earlier, **NODE_COUNTERS, **READS})


def address_of(name: str, node: int | None = None) -> int:
    """The address of a register of the fabric, or of a node. Raises KeyError for a name that there is not."""
    if node is None:
        return {each.name: each.address for each in fabric_registers()}[name]
    return NODES + node * STRIDE + {each.name: each.address for each in node_registers()}[name]


def parameters(config: FabricConfig) -> Mapping[str, int]:
    """What the registers that are constant in a build read."""
    return {
        "id": IDENTITY,
        "map_version": VERSION,
        "nodes": config.nodes,
        "neurons": config.geometry.neurons,
        "lanes": config.geometry.lanes,
        "host_axons": config.axons,
    }


def _counters(first: int, counters: Mapping[str, str]) -> list[Register]:
    return [Register(name=name, address=first + 4 * place, means=means)
            for place, (name, means) in enumerate(counters.items())]  # fmt: skip


def _check(registers: Sequence[Register], room: int) -> None:
    assert len({each.address for each in registers}) == len(registers)
    assert max(each.address for each in registers) < room


_check(fabric_registers(), NODES)
_check(node_registers(), STRIDE)
assert NODES + NODE_LIMIT.high * STRIDE <= 1 << ADDRESS_BITS
