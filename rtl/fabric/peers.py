# SPDX-License-Identifier: Apache-2.0
"""How far the senders and listeners of a core are ahead of it."""

from amaranth.hdl import Assert, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out


class Peers(wiring.Component):
    """Counts the steps that every peer has completed more than this core: -1, 0 or 1.

    - ``senders``, ``listeners``: the peers, a bit each. An EOS of another core is not counted.
    - ``arrived`` with ``core``: an EOS of that core has come. ``completed``: this core has completed a step.
    - ``may_begin``: every sender has completed the step before; ``may_send``: so has every listener.
    - ``half``: the half of the inbox for a spike of ``core`` that comes now; ``parity``: the half of the step that this
      core is at.
    """

    def __init__(self, nodes: int) -> None:
        self._nodes = nodes
        number = range(nodes)
        super().__init__(
            {
                "senders": In(nodes),
                "listeners": In(nodes),
                "arrived": In(1),
                "core": In(number),
                "completed": In(1),
                "may_begin": Out(1),
                "may_send": Out(1),
                "parity": Out(1),
                "half": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        ahead, behind = Signal(self._nodes), Signal(self._nodes)
        came, others = Signal(self._nodes), Signal(self._nodes)
        m.d.comb += [
            others.eq(self.senders | self.listeners),
            came.eq(Mux(self.arrived, (1 << self.core)[: self._nodes] & others, 0)),
            self.may_begin.eq((behind & self.senders) == 0),
            self.may_send.eq((behind & self.listeners) == 0),
            # A sender that is level with this core sends spikes of the step that this core is at: for the next one.
            self.half.eq(self.parity ^ ~behind.bit_select(self.core, 1)),
        ]
        with m.If(self.completed):
            m.d.sync += [
                self.parity.eq(~self.parity),
                ahead.eq(ahead & came),
                behind.eq((behind & came) | (others & ~ahead & ~came)),
                Assert((behind & ~came) == 0, "peers: a step was completed without its inputs or room for its spikes"),
            ]
        with m.Else():
            m.d.sync += [
                ahead.eq(ahead | (came & ~behind)),
                behind.eq(behind & ~came),
                Assert((ahead & came) == 0, "peers: a core is two steps ahead"),
            ]
        return m
