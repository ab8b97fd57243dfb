# SPDX-License-Identifier: Apache-2.0
"""Builds the frames of a board, as they go over the line, in the slots of a memory."""

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.crc.catalog import CRC32_ISO_HDLC
from amaranth.lib.data import StructLayout
from amaranth.lib.wiring import In, Out

from rtl.board.protocol import ANSWER_HEADER, CRC_BYTES, SLOT_BYTES, SLOTS_OUT, STATUS_BYTES, Answer

SLOTS = 2 * SLOTS_OUT
"""Of the memory. Numbered frames have the first SLOTS_OUT, the STATUS has the next one."""


def answer_layout() -> StructLayout:
    """A byte of an answer's payload; ``close`` instead: its frame is complete, there is no byte."""
    return StructLayout({"kind": 8, "data": 8, "close": 1})


class Framer(wiring.Component):
    """A header, a payload, their CRC-32, in COBS (``rtl.board.protocol``); one frame after the other.

    - ``body``: payloads of numbered answers, a byte a cycle while a frame is open; held while ``full``, and while a
      frame is begun or ended.
    - ``number``: of the next answer; its slot follows from it.
    - ``report``: a STATUS is to be made, unless ``pending``: its slot is in use. It says what ``expected``, ``room``
      and ``rejected`` are in the cycle of ``reported``.
    - ``write``, ``address``, ``data``: to the memory, SLOT_BYTES a slot.
    - ``done``, for a cycle: slot ``slot`` holds ``length`` bytes, to be followed by a zero.

    COBS needs a single write a byte: a zero is not written, but at the place of the code before it the distance to it.
    """

    def __init__(self) -> None:
        super().__init__(
            {
                "body": In(stream.Signature(answer_layout())),
                "session": In(8),
                "number": In(8),
                "full": In(1),
                "expected": In(8),
                "room": In(8),
                "rejected": In(16),
                "report": In(1),
                "pending": In(1),
                "reported": Out(1),
                "write": Out(1),
                "address": Out(range(SLOTS * SLOT_BYTES)),
                "data": Out(8),
                "slot": Out(range(SLOTS)),
                "length": Out(8),
                "done": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.crc = crc = CRC32_ISO_HDLC(data_width=8).create()
        byte, valid, step, own = Signal(8), Signal(), Signal(2), Signal()
        start, says = Signal(8 * ANSWER_HEADER), Signal(8 * STATUS_BYTES)
        body = self.body
        begin = Signal()
        m.d.comb += [
            self.slot.eq(Mux(own, SLOTS_OUT, self.number[: (SLOTS_OUT - 1).bit_length()])),
            start.eq(Cat(Mux(own, Answer.STATUS, body.payload.kind), self.session, self.number)),
            crc.data.eq(byte),
            crc.start.eq(begin),
        ]
        self._store(m, byte, valid, begin)
        with m.FSM():
            with m.State("IDLE"):
                m.d.comb += begin.eq(1)
                m.d.sync += step.eq(0)
                with m.If(self.report & ~self.pending):
                    m.d.comb += self.reported.eq(1)
                    m.d.sync += [own.eq(1), says.eq(Cat(self.expected, self.room, self.rejected))]
                    m.next = "HEADER"
                with m.Elif(body.valid & ~self.full):
                    m.d.sync += own.eq(0)
                    m.next = "HEADER"
            with m.State("HEADER"):
                m.d.comb += [valid.eq(1), crc.valid.eq(1), byte.eq(start.word_select(step, 8))]
                m.d.sync += step.eq(step + 1)
                with m.If(step == ANSWER_HEADER - 1):
                    m.d.sync += step.eq(0)
                    m.next = "BODY"
            with m.State("BODY"):
                m.d.comb += crc.valid.eq(valid)
                with m.If(own):
                    m.d.comb += [valid.eq(1), byte.eq(says.word_select(step, 8))]
                    m.d.sync += step.eq(step + 1)  # wraps
                    with m.If(step == STATUS_BYTES - 1):
                        m.next = "CRC"
                with m.Else():
                    m.d.comb += [body.ready.eq(1), byte.eq(body.payload.data),
                                 valid.eq(body.valid & ~body.payload.close)]  # fmt: skip
                    with m.If(body.valid & body.payload.close):
                        m.next = "CRC"
            with m.State("CRC"):
                m.d.comb += [valid.eq(1), byte.eq(crc.crc.word_select(step, 8))]
                m.d.sync += step.eq(step + 1)
                with m.If(step == CRC_BYTES - 1):
                    m.next = "CLOSE"
            with m.State("CLOSE"):
                m.d.comb += self.done.eq(1)
                m.next = "IDLE"
        return m

    def _store(self, m: Module, byte: Signal, valid: Signal, begin: Signal) -> None:
        """Write ``byte`` while ``valid``, and the last code when all is done."""
        code = Signal(8)  # place of the code that is not written yet; ``length`` is the place of the next byte
        plain = Signal()
        m.d.comb += [
            plain.eq(valid & (byte != 0)),
            self.write.eq(valid | self.done),
            self.address.eq(Cat(Mux(plain, self.length, code), self.slot)),
            self.data.eq(Mux(plain, byte, self.length - code)),
        ]
        with m.If(begin):
            m.d.sync += [self.length.eq(1), code.eq(0)]
        with m.Elif(valid):
            m.d.sync += self.length.eq(self.length + 1)
            with m.If(byte == 0):
                m.d.sync += code.eq(self.length)


assert STATUS_BYTES == CRC_BYTES == 4, "a step of two bits wraps"
