# SPDX-License-Identifier: Apache-2.0
"""rtl.host.registers: no two registers share an address, and each has a name of its own."""

import pytest

from rtl.core.counters import COUNTERS
from rtl.fabric.host_port import FABRIC_COUNTERS
from rtl.fabric.node import NODE_COUNTERS
from rtl.host.registers import NODES, STRIDE, address_of, fabric_registers, node_registers


def test_each_has_an_address_and_a_name() -> None:
    for registers, room in ((fabric_registers(), NODES), (node_registers(), STRIDE)):
        addresses = [each.address for each in registers]
        assert addresses == sorted(set(addresses))
        assert all(address % 4 == 0 and address < room for address in addresses)
        assert len({each.name for each in registers}) == len(registers)


def test_every_counter_is_there() -> None:
    assert set(FABRIC_COUNTERS) <= {each.name for each in fabric_registers()}
    assert {"status", "flags", *COUNTERS, *NODE_COUNTERS} == {each.name for each in node_registers()}


def test_addresses() -> None:
    assert address_of("id") == 0
    assert address_of("status", 3) == NODES + 3 * STRIDE
    with pytest.raises(KeyError):
        address_of("nothing")
