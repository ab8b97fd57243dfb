# SPDX-License-Identifier: Apache-2.0
# amaranth: UnusedElaboratable=no
"""Names of states."""

import pytest
from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import Out

from tb.core.states import state_names
from tests.tb.designs import Fifo


class Machine(wiring.Component):
    """Three states, one after another."""

    def __init__(self) -> None:
        super().__init__({"o": Out(1)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        seen = Signal()
        with m.FSM():
            for name, after in (("FIRST", "SECOND"), ("SECOND", "THIRD"), ("THIRD", "FIRST")):
                with m.State(name):
                    m.d.sync += seen.eq(~seen)
                    m.next = after
        m.d.comb += self.o.eq(seen)
        return m


def test_names_in_the_order_of_their_numbers() -> None:
    assert state_names(Machine()) == ("FIRST", "SECOND", "THIRD")


def test_a_component_without_a_machine() -> None:
    with pytest.raises(KeyError, match="fsm_state"):
        state_names(Fifo())
