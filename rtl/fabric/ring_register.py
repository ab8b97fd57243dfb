# SPDX-License-Identifier: Apache-2.0
"""A node's register of the ring: passes on what goes further, and takes a token of the node where it is free."""

from amaranth.hdl import Module
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from model.fabric.config import FabricConfig
from rtl.fabric.layouts import ring_layout


class RingRegister(wiring.Component):
    """One register: a token is in ``after`` a cycle after it came, with a hop less.

    One token a cycle. What comes from the ring is never held up; a token with no hops left ends here. ``own``, the
    tokens of this node, waits while the register is needed for the ring.
    """

    def __init__(self, config: FabricConfig) -> None:
        layout = ring_layout(config)
        super().__init__(
            {
                "before": In(stream.Signature(layout, always_ready=True)),
                "own": In(stream.Signature(layout)),
                "after": Out(stream.Signature(layout, always_ready=True)),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        before, own, after = self.before, self.own, self.after
        passes = before.valid & (before.payload.hops != 0)
        m.d.comb += own.ready.eq(~passes)
        m.d.sync += [after.valid.eq(passes | own.valid), after.payload.eq(own.payload)]
        with m.If(passes):
            m.d.sync += [after.payload.eq(before.payload), after.payload.hops.eq(before.payload.hops - 1)]
        return m
