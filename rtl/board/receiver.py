# SPDX-License-Identifier: Apache-2.0
"""The board's side of the link toward it: frames are checked, put in order, and handed on byte by byte."""

from amaranth.hdl import Array, Cat, Module, Mux, Signal, Value
from amaranth.lib import stream, wiring
from amaranth.lib.crc.catalog import CRC32_ISO_HDLC
from amaranth.lib.data import StructLayout
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from rtl.board.cobs import CobsDecoder
from rtl.board.protocol import (
    CRC_BYTES,
    EVENT_BYTES,
    LENGTHS,
    PAYLOAD,
    REQUEST_HEADER,
    SLOT_BYTES,
    SLOTS_IN,
    UNNUMBERED,
    Request,
)


def request_layout() -> StructLayout:
    """A byte of a request's payload; ``last`` marks its last one."""
    return StructLayout({"kind": 8, "data": 8, "last": 1})


class Receiver(wiring.Component):
    """Takes the bytes of a line, one in any cycle, and gives the requests that they hold, each once and in order.

    A frame that is damaged, not the expected one, of another session or of a wrong length is thrown away, and so is
    one for which there is no room.

    - ``strobe``, ``byte``: the line.
    - ``out``: numbered requests, a byte in two cycles; back-pressure costs the host credit.
    - ``restart``: high for a cycle when a session begins; all else has to return to its state after reset.
    - ``heard``, for a cycle: ``ack`` is the number of the board's frame that the host expects next; ``resend``: it
      wants all from there on once more.
    - ``session``; ``expected``: number of the next request; ``room``: requests that can be taken; ``rejected``: frames
      that were damaged or make no sense, wraps.
    - ``report``: the host is to be told; until ``reported``.
    """

    def __init__(self) -> None:
        super().__init__(
            {
                "strobe": In(1),
                "byte": In(8),
                "out": Out(stream.Signature(request_layout())),
                "restart": Out(1),
                "heard": Out(1),
                "ack": Out(8),
                "resend": Out(1),
                "session": Out(8),
                "expected": Out(8),
                "room": Out(range(SLOTS_IN + 1), init=SLOTS_IN),
                "rejected": Out(16),
                "report": Out(1),
                "reported": In(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.cobs = cobs = CobsDecoder()
        m.submodules.crc = crc = CRC32_ISO_HDLC(data_width=8).create()
        m.submodules.memory = memory = Memory(shape=8, depth=SLOTS_IN * SLOT_BYTES, init=[])
        count = Signal(range(SLOT_BYTES + 1))  # bytes of the frame; SLOT_BYTES: or more
        thirds = Signal(range(EVENT_BYTES))  # of its payload and CRC
        header = Array(Signal(8, name=f"header_{place}") for place in range(REQUEST_HEADER))
        write = memory.write_port()
        slots = len(write.addr) - 8
        m.d.comb += [
            cobs.strobe.eq(self.strobe),
            cobs.byte.eq(self.byte),
            crc.valid.eq(cobs.valid),
            crc.data.eq(cobs.data),
            crc.start.eq(cobs.end),
            write.addr.eq(Cat((count - REQUEST_HEADER)[:8], self.expected[:slots])),
            write.data.eq(cobs.data),
            write.en.eq(cobs.valid & (count >= REQUEST_HEADER) & (self.room != 0)),
        ]
        with m.If(cobs.valid & (count != SLOT_BYTES)):
            m.d.sync += count.eq(count + 1)
            with m.If(count < REQUEST_HEADER):
                m.d.sync += header[count[:2]].eq(cobs.data)
            with m.Else():
                m.d.sync += thirds.eq(Mux(thirds == EVENT_BYTES - 1, 0, thirds + 1))
        with m.If(cobs.end):
            m.d.sync += [count.eq(0), thirds.eq(0)]
        taken = Signal()  # the oldest request was handed on
        stored = Signal()
        payload = Signal(8)
        m.d.comb += payload.eq(count - (REQUEST_HEADER + CRC_BYTES))
        sized = count >= REQUEST_HEADER + CRC_BYTES
        sized &= count <= REQUEST_HEADER + CRC_BYTES + PAYLOAD
        self._judge(m, header, payload, thirds, stored,
                    end=cobs.end, good=cobs.whole & crc.match_detected & sized)  # fmt: skip
        with m.If(self.restart):
            m.d.sync += [self.expected.eq(0), self.room.eq(SLOTS_IN)]
        with m.Else():
            m.d.sync += [self.expected.eq(self.expected + stored), self.room.eq(self.room + taken - stored)]
        # So that a host that waits for room need not ask.
        with m.If(taken & ((self.room == SLOTS_IN - 1) | (self.room == SLOTS_IN // 2 - 1))):
            m.d.sync += self.report.eq(1)
        self._hand_on(m, memory, kind=header[0], payload=payload, stored=stored, taken=taken)
        return m

    def _judge(self, m: Module, header: Array, payload: Signal, thirds: Signal, stored: Signal, *,
               end: Signal, good: Value) -> None:  # fmt: skip
        """What comes of a frame, in the cycle in which it is over."""
        kind, session, number, ack = header
        live, mine, numbered, sensible = Signal(), Signal(), Signal(), Signal()
        m.d.comb += [
            mine.eq(live & (session == self.session)),
            numbered.eq(kind < UNNUMBERED),
            self.ack.eq(ack),
        ]
        with m.Switch(kind):
            for request in Request:
                with m.Case(request):
                    if request >= UNNUMBERED:
                        m.d.comb += sensible.eq(1)
                    elif request in LENGTHS:
                        m.d.comb += sensible.eq(payload == LENGTHS[request])
                    elif request == Request.EVENTS:
                        m.d.comb += sensible.eq((payload != 0) & (thirds == CRC_BYTES % EVENT_BYTES))
                    else:
                        m.d.comb += sensible.eq(payload != 0)
        with m.If(self.reported):
            m.d.sync += self.report.eq(0)
        with m.If(end & good & sensible):
            with m.If(kind == Request.RESET):
                m.d.comb += self.restart.eq(~mine)
                m.d.sync += [self.session.eq(session), live.eq(1), self.report.eq(1)]
            with m.Elif(mine):
                m.d.comb += [
                    self.heard.eq(1),
                    self.resend.eq(kind == Request.RESEND),
                    stored.eq(numbered & (number == self.expected) & (self.room != 0)),
                ]
                with m.If(kind != Request.ACK):
                    m.d.sync += self.report.eq(1)
        with m.Elif(end):
            m.d.sync += self.rejected.eq(self.rejected + 1)
            with m.If(live):
                m.d.sync += self.report.eq(1)
        with m.If(self.restart):
            m.d.sync += self.rejected.eq(0)

    def _hand_on(self, m: Module, memory: Memory, *, kind: Signal, payload: Signal, stored: Signal,
                 taken: Signal) -> None:  # fmt: skip
        """The stored requests, oldest first: a cycle to read a byte, one to offer it."""
        m.submodules.about = about = Memory(shape=16, depth=SLOTS_IN, init=[])
        note, look = about.write_port(), about.read_port(domain="comb")
        read = memory.read_port()
        slots = len(read.addr) - 8
        oldest, place, there = Signal(slots), Signal(8), Signal()
        m.d.comb += [
            note.en.eq(stored),
            note.addr.eq(self.expected[:slots]),
            note.data.eq(Cat(kind, payload)),
            look.addr.eq(oldest),
            read.addr.eq(Cat(place, oldest)),
            read.en.eq(~there),
            self.out.valid.eq(there),
            self.out.payload.data.eq(read.data),
            self.out.payload.kind.eq(look.data[:8]),
            self.out.payload.last.eq(place == look.data[8:] - 1),
            taken.eq(self.out.valid & self.out.ready & self.out.payload.last),
        ]
        with m.If(there), m.If(self.out.ready):
            m.d.sync += [there.eq(0), place.eq(place + 1)]
            with m.If(self.out.payload.last):
                m.d.sync += [place.eq(0), oldest.eq(oldest + 1)]
        with m.Elif(self.room != SLOTS_IN):
            m.d.sync += there.eq(1)
        with m.If(self.restart):
            m.d.sync += [there.eq(0), place.eq(0), oldest.eq(0)]
