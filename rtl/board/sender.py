# SPDX-License-Identifier: Apache-2.0
"""The board's side of the link toward the host: frames are numbered, kept until acknowledged, sent again on demand."""

from amaranth.hdl import Cat, Module, Mux, Signal, Value
from amaranth.lib import stream, wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from rtl.board.framer import SLOTS, Framer, answer_layout
from rtl.board.protocol import SLOT_BYTES, SLOTS_OUT


class Sender(wiring.Component):
    """Makes frames and sends them; docs/board.md says how they look.

    - ``body``: as of ``rtl.board.framer.Framer``; held while SLOTS_OUT frames are not acknowledged.
    - ``line``: what goes over the line, a byte in two cycles.
    - ``session``, ``expected``, ``room``, ``rejected``, ``report``, ``reported``: as of ``Framer``.
    - ``heard``, ``ack``, ``resend``: as of ``rtl.board.receiver.Receiver``.
    """

    def __init__(self) -> None:
        super().__init__(
            {
                "body": In(stream.Signature(answer_layout())),
                "line": Out(stream.Signature(8)),
                "session": In(8),
                "expected": In(8),
                "room": In(8),
                "rejected": In(16),
                "report": In(1),
                "reported": Out(1),
                "heard": In(1),
                "ack": In(8),
                "resend": In(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.framer = framer = Framer()
        m.submodules.memory = memory = Memory(shape=8, depth=SLOTS * SLOT_BYTES, init=[])
        m.submodules.lengths = lengths = Memory(shape=8, depth=SLOTS, init=[])
        write, note = memory.write_port(), lengths.write_port()
        head, tail, following = Signal(8), Signal(8), Signal(8)  # to be built, acknowledged up to, to be sent next
        held, freed, under_way = Signal(8), Signal(8), Signal(8)
        pending, rewound = Signal(), Signal()  # a STATUS is to be sent; what is being sent will not count
        m.d.comb += [
            *(getattr(framer, name).eq(getattr(self, name))
              for name in ("session", "expected", "room", "rejected", "report")),
            self.reported.eq(framer.reported),
            framer.number.eq(head),
            framer.full.eq(held == SLOTS_OUT),
            framer.pending.eq(pending),
            write.en.eq(framer.write),
            write.addr.eq(framer.address),
            write.data.eq(framer.data),
            note.en.eq(framer.done),
            note.addr.eq(framer.slot),
            note.data.eq(framer.length),
            held.eq(head - tail),
            freed.eq(self.ack - tail),
            under_way.eq(following - tail),
        ]  # fmt: skip
        wiring.connect(m, wiring.flipped(self.body), framer.body)
        own, sent = Signal(), Signal()  # it is a STATUS; a numbered frame has left
        m.d.comb += own.eq(framer.slot == SLOTS_OUT)
        slot, begin, over = Signal(range(SLOTS)), Signal(), Signal()
        wanted = Mux(pending, SLOTS_OUT, following[: (SLOTS_OUT - 1).bit_length()])
        with m.If(begin):
            m.d.sync += [slot.eq(wanted), rewound.eq(0)]
        with m.If(over & (slot == SLOTS_OUT)):
            m.d.sync += pending.eq(0)
        m.d.comb += sent.eq(over & (slot != SLOTS_OUT) & ~rewound)
        self._send(m, memory, lengths, slot, any_=pending | (following != head), begin=begin, over=over)
        with m.If(framer.done & own):
            m.d.sync += pending.eq(1)
        with m.Elif(framer.done):
            m.d.sync += head.eq(head + 1)
        with m.If(sent):
            m.d.sync += following.eq(following + 1)
        with m.If(self.heard & (freed <= held)):
            m.d.sync += tail.eq(self.ack)
            with m.If(self.resend | (freed > under_way)):
                m.d.sync += [following.eq(self.ack), rewound.eq(1)]
        return m

    def _send(self, m: Module, memory: Memory, lengths: Memory, slot: Signal, *, any_: Value, begin: Signal,
              over: Signal) -> None:  # fmt: skip
        """Sends a slot, from ``begin``, when there is any, to ``over``, a byte in two cycles."""
        read, length = memory.read_port(), lengths.read_port()
        place = Signal(8)
        m.d.comb += [read.addr.eq(Cat(place, slot)), length.addr.eq(slot)]
        with m.FSM():
            # A frame that a reset cut off must not spoil the next one.
            with m.State("END"):
                m.d.comb += self.line.valid.eq(1)
                with m.If(self.line.ready):
                    m.next = "IDLE"
            with m.State("IDLE"):
                m.d.sync += place.eq(0)
                with m.If(any_):
                    m.d.comb += begin.eq(1)
                    m.next = "READ"
            with m.State("READ"):
                m.next = "SEND"
            with m.State("SEND"):
                m.d.comb += [self.line.valid.eq(1), self.line.payload.eq(Mux(place == length.data, 0, read.data))]
                with m.If(self.line.ready):
                    m.d.sync += place.eq(place + 1)
                    m.next = "READ"
                    with m.If(place == length.data):
                        m.d.comb += over.eq(1)
                        m.next = "IDLE"
