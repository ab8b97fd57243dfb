# SPDX-License-Identifier: Apache-2.0
"""Packs the tokens of a fabric's output into answers."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.data import View
from amaranth.lib.wiring import In, Out

from model.fabric.config import FabricConfig
from rtl.board.framer import answer_layout
from rtl.board.protocol import PAYLOAD, Answer, token_bytes
from rtl.fabric.layouts import OutKind, out_layout
from rtl.host.axi_fabric import spike_bits

PATIENCE = 64
"""Cycles without a token after which an answer is sent as it is."""


class TokenPacker(wiring.Component):
    """Whole tokens, as many as fit into an answer, which is closed early by an END, by a pause, and by ``hurry``.

    - ``tdata``, ``tvalid``, ``tready``: the output of ``rtl.host.axi_fabric.AxiFabric``; a byte a cycle.
    - ``answers``: as of ``Sender.body``.
    """

    def __init__(self, config: FabricConfig) -> None:
        self._config = config
        super().__init__(
            {
                "tdata": In(spike_bits(config)),
                "tvalid": In(1),
                "tready": Out(1),
                "hurry": In(1),
                "answers": Out(stream.Signature(answer_layout())),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        short, long = token_bytes(self._config)
        layout = out_layout(self._config)
        kind = View(layout, self.tdata[: layout.size]).kind
        step, size, idle = Signal(range(long)), Signal(range(PAYLOAD + 1)), Signal(range(PATIENCE + 1))
        opened, ended, over, middle, full = Signal(), Signal(), Signal(), Signal(), Signal()
        last = step == Mux(kind == OutKind.READOUT, long, short) - 1
        answers = self.answers
        m.d.comb += [
            middle.eq(step != 0),
            full.eq(size > PAYLOAD - long),
            answers.payload.kind.eq(Answer.TOKENS),
            answers.payload.data.eq(self.tdata.word_select(step, 8)),
            over.eq(ended | full | (idle == PATIENCE) | (self.hurry & ~self.tvalid)),
            answers.payload.close.eq(opened & ~middle & over),
            answers.valid.eq(answers.payload.close | self.tvalid),
            self.tready.eq(answers.ready & ~answers.payload.close & last),
        ]
        with m.If(answers.valid & answers.ready):
            with m.If(answers.payload.close):
                m.d.sync += [opened.eq(0), ended.eq(0), size.eq(0), idle.eq(0)]
            with m.Else():
                m.d.sync += [opened.eq(1), size.eq(size + 1), idle.eq(0), step.eq(step + 1)]
                with m.If(last):
                    m.d.sync += [step.eq(0), ended.eq(kind == OutKind.END)]
        with m.Elif(opened & ~self.tvalid & (idle != PATIENCE)):
            m.d.sync += idle.eq(idle + 1)
        return m
