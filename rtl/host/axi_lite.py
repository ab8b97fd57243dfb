# SPDX-License-Identifier: Apache-2.0
"""AXI4-Lite (ARM IHI 0022) in front of registers: one read and one write under way at a time."""

from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

OKAY, SLVERR = 0, 2
"""Responses."""


def channels(address_bits: int) -> dict[str, wiring.Member]:
    """The signals of the five channels at the side of the registers, by their usual names."""
    return {
        "awaddr": In(address_bits),
        "awprot": In(3),
        "awvalid": In(1),
        "awready": Out(1),
        "wdata": In(32),
        "wstrb": In(4),
        "wvalid": In(1),
        "wready": Out(1),
        "bresp": Out(2),
        "bvalid": Out(1),
        "bready": In(1),
        "araddr": In(address_bits),
        "arprot": In(3),
        "arvalid": In(1),
        "arready": Out(1),
        "rdata": Out(32),
        "rresp": Out(2),
        "rvalid": Out(1),
        "rready": In(1),
    }


class AxiLite(wiring.Component):
    """Turns the five channels into a read port and a write strobe.

    - ``aw*`` to ``r*``: the channels. Address and data of a write may come in any order; the lowest two bits of an
      address are ignored. One read is answered after the other, and so are writes.
    - ``read_address`` (in words) is held from the cycle after the address was taken; LATENCY cycles later ``read_data``
      and ``read_error`` are taken.
    - ``write`` is high for one cycle with ``write_address`` (in words), ``write_data``, ``write_strobes``; in the same
      cycle ``write_error`` is taken. An error is answered by SLVERR, with data 0.
    """

    LATENCY = 2

    def __init__(self, address_bits: int) -> None:
        self._address_bits = address_bits
        super().__init__(
            {
                **channels(address_bits),
                "read_address": Out(address_bits - 2),
                "read_data": In(32),
                "read_error": In(1),
                "write": Out(1),
                "write_address": Out(address_bits - 2),
                "write_data": Out(32),
                "write_strobes": Out(4),
                "write_error": In(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        self._read(m)
        self._write(m)
        return m

    def _read(self, m: Module) -> None:
        busy = Signal(range(self.LATENCY + 1))  # cycles until the data are there
        idle = Signal(init=1)
        m.d.comb += self.arready.eq(idle)
        with m.If(self.arvalid & self.arready):
            m.d.sync += [self.read_address.eq(self.araddr[2:]), idle.eq(0), busy.eq(self.LATENCY)]
        with m.Elif(busy != 0):
            m.d.sync += busy.eq(busy - 1)
            with m.If(busy == 1):
                m.d.sync += [self.rvalid.eq(1), self.rdata.eq(self.read_data), self.rresp.eq(OKAY)]
                with m.If(self.read_error):
                    m.d.sync += [self.rdata.eq(0), self.rresp.eq(SLVERR)]
        with m.Elif(self.rvalid & self.rready):
            m.d.sync += [self.rvalid.eq(0), idle.eq(1)]

    def _write(self, m: Module) -> None:
        addressed, filled = Signal(), Signal()
        m.d.comb += [
            self.awready.eq(~addressed),
            self.wready.eq(~filled),
            self.write.eq(addressed & filled & ~self.bvalid),
        ]
        with m.If(self.awvalid & self.awready):
            m.d.sync += [self.write_address.eq(self.awaddr[2:]), addressed.eq(1)]
        with m.If(self.wvalid & self.wready):
            m.d.sync += [self.write_data.eq(self.wdata), self.write_strobes.eq(self.wstrb), filled.eq(1)]
        with m.If(self.write):
            m.d.sync += [self.bvalid.eq(1), self.bresp.eq(OKAY)]
            with m.If(self.write_error):
                m.d.sync += self.bresp.eq(SLVERR)
        with m.If(self.bvalid & self.bready):
            m.d.sync += [self.bvalid.eq(0), addressed.eq(0), filled.eq(0)]
