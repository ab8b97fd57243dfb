# SPDX-License-Identifier: Apache-2.0
"""COBS decoding (Cheshire and Baker, IEEE/ACM Transactions on Networking 7(2), 1999), a byte a cycle."""

from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out


class CobsDecoder(wiring.Component):
    """Takes the bytes of a line, gives those of frames, one cycle later.

    - ``byte``, in a cycle in which ``strobe`` is high: a byte of the line.
    - ``data``, while ``valid``: a byte of a frame.
    - ``end``: the frame is over; ``whole``: it ended where its code says. Zero bytes between frames are nothing.
    """

    def __init__(self) -> None:
        super().__init__(
            {
                "strobe": In(1),
                "byte": In(8),
                "valid": Out(1),
                "data": Out(8),
                "end": Out(1),
                "whole": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        left = Signal(8)  # bytes until the next code
        begun, full = Signal(), Signal()  # full: the code was 255, which stands for no zero
        m.d.sync += [self.valid.eq(0), self.end.eq(0)]
        with m.If(self.strobe):
            with m.If(self.byte == 0):
                m.d.sync += [self.end.eq(begun), self.whole.eq(left == 0), begun.eq(0), left.eq(0)]
            with m.Elif(left == 0):
                m.d.sync += [begun.eq(1), left.eq(self.byte - 1), full.eq(self.byte == 0xFF)]
                m.d.sync += [self.valid.eq(begun & ~full), self.data.eq(0)]
            with m.Else():
                m.d.sync += [left.eq(left - 1), self.valid.eq(1), self.data.eq(self.byte)]
        return m
