# SPDX-License-Identifier: Apache-2.0
"""Acts upon the requests of a host: registers, bundle and events of a fabric with AXI ports; and answers."""

from amaranth.hdl import Cat, Const, Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from rtl.board.framer import answer_layout
from rtl.board.protocol import EVENT_BYTES, VALUE_BYTES, Answer, Request
from rtl.board.receiver import request_layout
from rtl.host.axi_fabric import EVENT_BITS
from rtl.host.axi_lite import channels
from rtl.host.registers import ADDRESS_BITS

COLLECTED = 6
"""Bytes that a request is put together from, at most."""


def lite_signature() -> wiring.Signature:
    """AXI4-Lite, seen from the master."""
    return wiring.Signature(channels(ADDRESS_BITS)).flip()


class Commands(wiring.Component):
    """One request after the other, in order.

    - ``requests``: bytes as of ``Receiver.out``; held while the fabric holds what they stand for.
    - ``answers``: as of ``Sender.body``.
    - ``lite``, ``image_*``, ``events_*``: to ``rtl.host.axi_fabric.AxiFabric``.
    """

    def __init__(self) -> None:
        super().__init__(
            {
                "requests": In(stream.Signature(request_layout())),
                "answers": Out(stream.Signature(answer_layout())),
                "lite": Out(lite_signature()),
                "image_tdata": Out(8),
                "image_tvalid": Out(1),
                "image_tready": In(1),
                "image_tlast": Out(1),
                "events_tdata": Out(EVENT_BITS),
                "events_tvalid": Out(1),
                "events_tready": In(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        request = self.requests.payload
        bytes_, count = Signal(8 * COLLECTED), Signal(range(COLLECTED + 1))
        answer, step = Signal(8 * VALUE_BYTES), Signal(range(VALUE_BYTES + 1))
        written = Signal()
        is_image = (request.kind == Request.IMAGE) | (request.kind == Request.IMAGE_END)
        is_event = request.kind == Request.EVENTS
        addressed, filled = Signal(), Signal()
        m.d.comb += [
            self.image_tdata.eq(request.data),
            self.image_tlast.eq(request.last & (request.kind == Request.IMAGE_END)),
            self.events_tdata.eq(Cat(bytes_[-8 * (EVENT_BYTES - 1) :], request.data)),
            self.lite.araddr.eq(bytes_[-16:]),
            self.lite.awaddr.eq(bytes_[:16]),
            self.lite.wdata.eq(bytes_[16:]),
            self.lite.wstrb.eq(0xF),
            self.answers.payload.kind.eq(Mux(written, Answer.WRITTEN, Answer.VALUE)),
            self.answers.payload.data.eq(answer.word_select(step, 8)),
        ]
        with m.FSM():
            with m.State("TAKE"):
                with m.If(is_image):
                    m.d.comb += [self.image_tvalid.eq(self.requests.valid), self.requests.ready.eq(self.image_tready)]
                with m.Elif(is_event & (count == EVENT_BYTES - 1)):
                    m.d.comb += [self.events_tvalid.eq(self.requests.valid),
                                 self.requests.ready.eq(self.events_tready)]  # fmt: skip
                    with m.If(self.requests.valid & self.events_tready):
                        m.d.sync += count.eq(0)
                with m.Else():
                    m.d.comb += self.requests.ready.eq(1)
                    with m.If(self.requests.valid):
                        m.d.sync += [bytes_.eq(Cat(bytes_[8:], request.data)), count.eq(count + 1), step.eq(0)]
                        with m.If(~is_event & request.last):
                            m.d.sync += [count.eq(0), written.eq(request.kind == Request.WRITE),
                                         addressed.eq(0), filled.eq(0)]  # fmt: skip
                            m.next = "READ"
                            with m.If(request.kind == Request.WRITE):
                                m.next = "WRITE"
            with m.State("READ"):
                m.d.comb += [self.lite.arvalid.eq(~addressed), self.lite.rready.eq(1)]
                with m.If(self.lite.arready):
                    m.d.sync += addressed.eq(1)
                with m.If(self.lite.rvalid):
                    m.d.sync += answer.eq(Cat(self.lite.rresp, Const(0, 6), self.lite.rdata))
                    m.next = "ANSWER"
            with m.State("WRITE"):
                m.d.comb += [self.lite.awvalid.eq(~addressed), self.lite.wvalid.eq(~filled), self.lite.bready.eq(1)]
                with m.If(self.lite.awready):
                    m.d.sync += addressed.eq(1)
                with m.If(self.lite.wready):
                    m.d.sync += filled.eq(1)
                with m.If(self.lite.bvalid):
                    m.d.sync += answer.eq(self.lite.bresp)
                    m.next = "ANSWER"
            with m.State("ANSWER"):
                close = (step == VALUE_BYTES) | (written & (step == 1))
                m.d.comb += [self.answers.valid.eq(1), self.answers.payload.close.eq(close)]
                with m.If(self.answers.ready):
                    m.d.sync += step.eq(step + 1)
                    with m.If(close):
                        m.next = "TAKE"
        return m
