# SPDX-License-Identifier: Apache-2.0
# amaranth: UnusedElaboratable=no
"""Ports by signature."""

from typing import Any

import pytest
from amaranth.hdl import Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In

from support.errors import InputError
from tb.player.ports import PortKind, ports_of
from tests.tb.designs import Adder, Lanes


def test_kinds_names_and_widths() -> None:
    found = {port.name: (port.kind, port.width) for port in ports_of(Adder()).all}
    assert found == {
        "pairs": (PortKind.SOURCE, 113),
        "sums": (PortKind.SINK, 112),
        "trace": (PortKind.RECORD, 12),
        "done": (PortKind.SINK, 0),
        "offset": (PortKind.SET, 6),
        "total": (PortKind.GET, 70),
    }
    assert ports_of(Adder()).named("offset", PortKind.SET).init == 61


def test_arrays_name_spaces_and_always_ready() -> None:
    found = {port.name: port.kind for port in ports_of(Lanes()).all}
    assert found == {
        "i__0": PortKind.SOURCE,
        "i__1": PortKind.SOURCE,
        "o": PortKind.RECORD,
        "bus__x": PortKind.SET,
        "bus__y": PortKind.GET,
    }


def test_a_record_cannot_go_in() -> None:
    class Wrong(wiring.Component):
        def __init__(self) -> None:
            super().__init__({"t": In(wiring.Signature({"valid": wiring.Out(1), "payload": wiring.Out(3)}))})

        def elaborate(self, platform: Any) -> Module:
            return Module()

    with pytest.raises(InputError, match="port t: a record without ready must go out of the component"):
        ports_of(Wrong())


def test_named_lists_the_choices() -> None:
    with pytest.raises(InputError, match="no sink or record port 'pairs': the component has sums, trace, done"):
        ports_of(Adder()).named("pairs", PortKind.SINK, PortKind.RECORD)
