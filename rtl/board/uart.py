# SPDX-License-Identifier: Apache-2.0
"""A UART: 8 data bits, no parity, one stop bit."""

from amaranth.hdl import Cat, Const, Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.cdc import FFSynchronizer
from amaranth.lib.wiring import In, Out

FRACTION = 16
"""Bits of the phase of a bit."""
CYCLES = 4
"""Cycles that a bit takes at least."""


class Uart(wiring.Component):
    """A UART of ``baud`` bits a second at a clock of ``clock`` Hz, which need not be a multiple.

    - ``rx``, ``tx``: the pins, high while nothing is sent.
    - ``strobe``, ``byte``: a byte that came, for a cycle. One without a stop bit is none.
    - ``line``: bytes to send; taken as its start bit begins.
    """

    def __init__(self, clock: float, baud: float) -> None:
        if baud <= 0 or clock < CYCLES * baud:
            raise ValueError(f"clock must be at least {CYCLES} times the baud rate of {baud:g}, not {clock:g}")
        self.increment = round(baud / clock * (1 << FRACTION))
        super().__init__(
            {
                "rx": In(1, init=1),
                "tx": Out(1, init=1),
                "strobe": Out(1),
                "byte": Out(8),
                "line": In(stream.Signature(8)),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        self._receive(m)
        self._send(m)
        return m

    def _tick(self, m: Module, name: str) -> tuple[Signal, Signal]:
        """A phase, and what is high when it wraps."""
        phase, wraps, sum_ = Signal(FRACTION, name=f"{name}_phase"), Signal(name=f"{name}_tick"), Signal(FRACTION + 1)
        m.d.comb += [sum_.eq(phase + self.increment), wraps.eq(sum_[-1])]
        m.d.sync += phase.eq(sum_)
        return phase, wraps

    def _receive(self, m: Module) -> None:
        pin, bits, left = Signal(init=1), Signal(9), Signal(range(11))
        idle = Signal()  # the line was high since the last byte: no start bit before
        m.submodules.synchronise = FFSynchronizer(self.rx, pin, init=1)
        phase, tick = self._tick(m, "rx")
        m.d.sync += self.strobe.eq(0)
        with m.If(left == 0):
            m.d.sync += phase.eq(1 << (FRACTION - 1))  # half a bit, to the middle of the start bit
            with m.If(pin):
                m.d.sync += idle.eq(1)
            with m.Elif(idle):
                m.d.sync += [left.eq(10), idle.eq(0)]
        with m.Elif(tick):
            m.d.sync += [left.eq(left - 1), bits.eq(Cat(bits[1:], pin))]
            with m.If((left == 10) & pin):
                m.d.sync += left.eq(0)
            with m.If(left == 1):
                m.d.sync += [self.strobe.eq(pin), idle.eq(pin), self.byte.eq(bits[1:])]

    def _send(self, m: Module) -> None:
        bits, left = Signal(9, init=(1 << 9) - 1), Signal(range(11))
        phase, tick = self._tick(m, "tx")
        m.d.comb += [self.tx.eq(bits[0]), self.line.ready.eq(left == 0)]
        with m.If(left == 0):
            m.d.sync += phase.eq(0)
            with m.If(self.line.valid):
                m.d.sync += [bits.eq(Cat(Const(0, 1), self.line.payload)), left.eq(10)]
        with m.Elif(tick):
            m.d.sync += [left.eq(left - 1), bits.eq(Cat(bits[1:], Const(1, 1)))]
