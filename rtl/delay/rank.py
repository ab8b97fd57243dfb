# SPDX-License-Identifier: Apache-2.0
"""The number of a row: the rank of its delay level among the set bits of the source's skip mask."""

from amaranth.hdl import Cat, Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.data import StructLayout
from amaranth.lib.wiring import In, Out

from model.config import CoreConfig
from rtl.arith import count_ones
from rtl.layouts import mask_layout, row_layout, waiting_layout


def due_layout(config: CoreConfig) -> StructLayout:
    """A row whose number is not known yet, or the end of step: the event, and its source table entry."""
    return StructLayout({"eos": 1, "event": waiting_layout(config), "entry": mask_layout(config)})


class RowNumber(wiring.Component):
    """Gives each row its number: that of the source's first row, plus the set mask bits below its level.

    A stage of its own, for counting the bits of a mask is deep. Latency 1 cycle, throughput one a cycle; holds ``due``
    while ``rows`` is not taken.
    """

    def __init__(self, config: CoreConfig) -> None:
        self._config = config
        super().__init__(
            {
                "due": In(stream.Signature(due_layout(config))),
                "rows": Out(stream.Signature(row_layout(config))),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        due, out = self.due.payload, Signal(row_layout(self._config))
        lower = Signal(self._config.delays)
        m.d.comb += [
            self.due.ready.eq(~self.rows.valid | self.rows.ready),
            self.rows.payload.eq(out),
            self.rows.payload.row.eq(out.row + count_ones(lower)),
        ]
        with m.If(self.due.ready):
            m.d.sync += self.rows.valid.eq(self.due.valid)
        with m.If(self.due.valid & self.due.ready):
            m.d.sync += [
                out.eos.eq(due.eos),
                out.source.eq(due.event.source),
                out.level.eq(due.event.level),
                out.row.eq(due.entry.base),
                lower.eq(Cat(bit & (level < due.event.level) for level, bit in enumerate(due.entry.mask))),
            ]
        return m
