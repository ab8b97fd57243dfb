# SPDX-License-Identifier: Apache-2.0
"""A register slice: cuts every combinational path of a stream, forward and backward."""

from amaranth.hdl import Module, ShapeLike, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out


class RegisterSlice(wiring.Component):
    """Passes tokens on from registers, and takes them by a register: two places, throughput one a cycle.

    Latency 1 cycle. ``tokens`` are held when both places are taken.
    """

    def __init__(self, shape: ShapeLike) -> None:
        super().__init__({"tokens": In(stream.Signature(shape)), "passed": Out(stream.Signature(shape))})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        tokens, passed = self.tokens, self.passed
        waits = Signal()  # a token came while the one before it could not leave
        waiting = Signal.like(tokens.payload)
        m.d.comb += tokens.ready.eq(~waits)
        with m.If(~passed.valid | passed.ready):
            m.d.sync += [passed.valid.eq(waits | tokens.valid), waits.eq(0)]
            m.d.sync += passed.payload.eq(tokens.payload)
            with m.If(waits):
                m.d.sync += passed.payload.eq(waiting)
        with m.Elif(tokens.valid & ~waits):
            m.d.sync += [waits.eq(1), waiting.eq(tokens.payload)]
        return m
