# SPDX-License-Identifier: Apache-2.0
"""Small components that the tests of the benches play through, good and broken."""

from enum import IntEnum
from typing import Any

from amaranth.hdl import Assert, Format, Instance, Module, Signal, signed
from amaranth.lib import data, fifo, stream, wiring
from amaranth.lib.wiring import In, Out


class Fifo(wiring.Component):
    """A FIFO of ``depth`` words of ``width`` bits, with its level."""

    def __init__(self, *, width: int = 8, depth: int = 4) -> None:
        self.width, self.depth = width, depth
        super().__init__({"i": In(stream.Signature(width)), "o": Out(stream.Signature(width)), "level": Out(8)})

    def elaborate(self, platform: Any) -> Module:
        m = Module()
        m.submodules.fifo = queue = fifo.SyncFIFOBuffered(width=self.width, depth=self.depth)
        m.d.comb += [
            queue.w_data.eq(self.i.payload),
            queue.w_en.eq(self.i.valid),
            self.i.ready.eq(queue.w_rdy),
            self.o.payload.eq(queue.r_data),
            self.o.valid.eq(queue.r_rdy),
            queue.r_en.eq(self.o.ready),
            self.level.eq(queue.level),
        ]
        return m


PAIR = data.StructLayout({"a": signed(5), "b": 8, "wide": 100})
SUM = data.StructLayout({"sum": signed(12), "wide": 100})


class Adder(wiring.Component):
    """Adds a, b and ``offset``, registered; ``trace`` records each sum, ``total`` counts them."""

    def __init__(self) -> None:
        super().__init__(
            {
                "pairs": In(stream.Signature(PAIR)),
                "sums": Out(stream.Signature(SUM)),
                "trace": Out(wiring.Signature({"valid": Out(1), "payload": Out(signed(12))})),
                "done": Out(stream.Signature(0)),
                "offset": In(signed(6), init=-3),
                "total": Out(70),
            }
        )

    def elaborate(self, platform: Any) -> Module:
        m = Module()
        taken = Signal()
        m.d.comb += [
            self.pairs.ready.eq((~self.sums.valid | self.sums.ready) & (~self.done.valid | self.done.ready)),
            taken.eq(self.pairs.valid & self.pairs.ready),
            self.trace.valid.eq(taken),
            self.trace.payload.eq(self.pairs.p.a + self.pairs.p.b + self.offset),
        ]
        with m.If(self.sums.ready):
            m.d.sync += self.sums.valid.eq(0)
        with m.If(self.done.ready):
            m.d.sync += self.done.valid.eq(0)
        with m.If(taken):
            m.d.sync += [
                self.sums.valid.eq(1),
                self.done.valid.eq(1),
                self.sums.p.sum.eq(self.trace.payload),
                self.sums.p.wide.eq(self.pairs.p.wide),
                self.total.eq(self.total + (1 << 65) + 1),
            ]
        return m


class Fault(IntEnum):
    """What ``Broken`` does wrong."""

    DROP = 1
    CHANGE = 2
    MUTE = 3


class Broken(wiring.Component):
    """Breaks the rule that ``fault`` names: valid falls unaccepted, the payload changes unaccepted, no answer comes.
    An assertion fails for token 9."""

    def __init__(self) -> None:
        octets = stream.Signature(8)
        super().__init__({"i": In(octets), "o": Out(octets), "fault": In(2), "busy": Out(1, init=1)})

    def elaborate(self, platform: Any) -> Module:
        m = Module()
        count = Signal(8)
        m.d.sync += count.eq(count + 1)
        m.d.comb += [self.i.ready.eq(1), self.busy.eq(self.fault == Fault.MUTE)]
        with m.Switch(self.fault):
            with m.Case(Fault.DROP):
                m.d.comb += self.o.valid.eq(count[0])
            with m.Case(Fault.CHANGE):
                m.d.comb += [self.o.valid.eq(1), self.o.payload.eq(count)]
        with m.If(self.i.valid):
            m.d.sync += Assert(self.i.payload != 9, Format("token {} is unlucky", self.i.payload))
        return m


class Combinational(wiring.Component):
    """No register, no clock: y = x + 1."""

    def __init__(self) -> None:
        super().__init__({"x": In(8), "y": Out(9)})

    def elaborate(self, platform: Any) -> Module:
        m = Module()
        m.d.comb += self.y.eq(self.x + 1)
        return m


class Lanes(wiring.Component):
    """An array of always ready streams, and a value in a name space."""

    def __init__(self) -> None:
        super().__init__(
            {
                "i": In(stream.Signature(4, always_ready=True)).array(2),
                "o": Out(stream.Signature(4, always_ready=True)),
                "bus": In(wiring.Signature({"x": Out(3), "y": In(4)})),
            }
        )

    def elaborate(self, platform: Any) -> Module:
        m = Module()
        m.d.comb += [
            self.o.valid.eq(self.i[0].valid & self.i[1].valid),
            self.o.payload.eq(self.i[0].payload ^ self.i[1].payload),
            self.bus.y.eq(self.bus.x + 1),
        ]
        return m


class Foreign(wiring.Component):
    """A module of Verilog, ``foreign``, and nothing else."""

    def __init__(self) -> None:
        super().__init__({"x": In(8), "y": Out(8)})

    def elaborate(self, platform: Any) -> Module:
        m = Module()
        m.submodules.foreign = Instance("foreign", i_x=self.x, o_y=self.y)
        return m
