# SPDX-License-Identifier: Apache-2.0
"""The number of a row: the rank of its delay level among the set bits of the source's skip mask."""

from amaranth.hdl import Cat, Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.data import StructLayout
from amaranth.lib.wiring import In, Out

from model.config import CoreConfig
from rtl.arith import GROUP, count_ones, total
from rtl.layouts import mask_layout, row_layout, waiting_layout


def due_layout(config: CoreConfig) -> StructLayout:
    """A row whose number is not known yet, or the end of step: the event, and its source table entry."""
    return StructLayout({"eos": 1, "event": waiting_layout(config), "entry": mask_layout(config)})


class RowNumber(wiring.Component):
    """Gives each row its number: that of the source's first row, plus the set mask bits below its level.

    Counting the bits of a mask is deep, so it takes three stages: those below the level, their number in each group of
    GROUP levels, the sum. Latency NUMBER cycles, throughput one a cycle; holds ``due`` while ``rows`` is not taken.
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
        config, due = self._config, self.due.payload
        lower = Signal(config.delays)
        groups = [lower[start : start + GROUP] for start in range(0, config.delays, GROUP)]
        counts = [Signal(range(len(group) + 1), name=f"count{number}") for number, group in enumerate(groups)]
        masked_valid, counted_valid, masks, counts_now, sums = Signal(), Signal(), Signal(), Signal(), Signal()
        masked, counted, out = (Signal(row_layout(config), name=name) for name in ("masked", "counted", "out"))
        m.d.comb += [
            sums.eq(~self.rows.valid | self.rows.ready),
            counts_now.eq(~counted_valid | sums),
            masks.eq(~masked_valid | counts_now),
            self.due.ready.eq(masks),
            self.rows.payload.eq(out),
        ]
        with m.If(masks):
            m.d.sync += masked_valid.eq(self.due.valid)
        with m.If(counts_now):
            m.d.sync += counted_valid.eq(masked_valid)
        with m.If(sums):
            m.d.sync += self.rows.valid.eq(counted_valid)
        with m.If(self.due.valid & masks):
            m.d.sync += [
                masked.eos.eq(due.eos),
                masked.source.eq(due.event.source),
                masked.level.eq(due.event.level),
                masked.row.eq(due.entry.base),
                lower.eq(Cat(bit & (level < due.event.level) for level, bit in enumerate(due.entry.mask))),
            ]
        with m.If(masked_valid & counts_now):
            m.d.sync += [
                counted.eq(masked),
                *(count.eq(count_ones(bits)) for count, bits in zip(counts, groups, strict=True)),
            ]
        with m.If(counted_valid & sums):
            m.d.sync += [out.eq(counted), out.row.eq(counted.row + total(counts))]
        return m
