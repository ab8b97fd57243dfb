# SPDX-License-Identifier: Apache-2.0
"""The asynchronous 245 FIFO of FTDI's FT2232H and FT232H (data sheet of the FT2232H, section 4.4)."""

from math import ceil

from amaranth.hdl import Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.cdc import FFSynchronizer
from amaranth.lib.wiring import In, Out

STROBE_SECONDS = 50e-9
"""How long a strobe is low, and high after it: at least 30 ns, and 49 ns until RXF and TXE are valid again."""


class Fifo245(wiring.Component):
    """Takes and gives a byte at a time, reading first, at a clock of ``clock`` Hz.

    - ``rxf_n``, ``txe_n``, ``rd_n``, ``wr_n``, ``data_*``: the pins; ``data_oe`` drives them.
    - ``strobe``, ``byte``: a byte that came, for a cycle.
    - ``line``: bytes to send.
    """

    def __init__(self, clock: float) -> None:
        if clock <= 0:
            raise ValueError(f"clock must be above 0, not {clock:g}")
        self.hold = ceil(STROBE_SECONDS * clock) + 1
        super().__init__(
            {
                "rxf_n": In(1, init=1),
                "txe_n": In(1, init=1),
                "rd_n": Out(1, init=1),
                "wr_n": Out(1, init=1),
                "data_i": In(8),
                "data_o": Out(8),
                "data_oe": Out(1),
                "strobe": Out(1),
                "byte": Out(8),
                "line": In(stream.Signature(8)),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        rxf, txe = Signal(init=1), Signal(init=1)
        m.submodules.rxf = FFSynchronizer(self.rxf_n, rxf, init=1)
        m.submodules.txe = FFSynchronizer(self.txe_n, txe, init=1)
        # Two cycles more before a flag is looked at again: it comes through two flip-flops.
        left = Signal(range(self.hold + 3))
        m.d.sync += self.strobe.eq(0)
        with m.If(left != 0):
            m.d.sync += left.eq(left - 1)
        with m.FSM():
            with m.State("IDLE"):
                with m.If((left == 0) & ~rxf):
                    m.d.sync += [self.rd_n.eq(0), left.eq(self.hold)]
                    m.next = "READ"
                with m.Elif((left == 0) & ~txe & self.line.valid):
                    m.d.comb += self.line.ready.eq(1)
                    m.d.sync += [self.data_o.eq(self.line.payload), self.data_oe.eq(1), left.eq(self.hold)]
                    m.next = "SET UP"
            with m.State("READ"), m.If(left == 0):
                m.d.sync += [self.strobe.eq(1), self.byte.eq(self.data_i), self.rd_n.eq(1), left.eq(self.hold + 2)]
                m.next = "IDLE"
            with m.State("SET UP"):
                m.d.sync += [self.wr_n.eq(0), left.eq(self.hold)]
                m.next = "WRITE"
            with m.State("WRITE"), m.If(left == 0):
                m.d.sync += self.wr_n.eq(1)
                m.next = "HOLD"
            with m.State("HOLD"):
                m.d.sync += [self.data_oe.eq(0), left.eq(self.hold + 2)]
                m.next = "IDLE"
        return m
