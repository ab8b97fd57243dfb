# SPDX-License-Identifier: Apache-2.0
"""The ring buffer: delays are slots of the accumulators, so the presynaptic stage only lists a source's rows."""

from amaranth.hdl import Module, ResetInserter, Signal

from rtl.arith import few_ones, lowest_set
from rtl.delay.unit import DelayUnitBase
from rtl.layouts import mask_layout, row_layout


class Ring(DelayUnitBase):
    """Presynaptic stage of the ring buffer (Loihi, SpiNNaker): emits every row of an arriving source at once.

    Latency LOOKUP + 1 cycles from an arrival to its first row, throughput one row a cycle and at most one arrival a
    cycle; a source without rows takes one cycle. Back-pressure on ``rows`` holds ``arrivals``. Nothing is stored beyond
    the four arrivals under way: ``peak`` and ``lost`` are 0.
    """

    def elaborate(self, platform: object) -> Module:
        m = Module()
        rows, arrivals, lookup = self.rows, self.arrivals, self.lookup

        # First stage: an arrival whose source table entry is being read.
        first_valid = Signal()
        first = Signal.like(arrivals.payload)
        # An arrival whose entry is there.
        looked_valid = Signal()
        looked = Signal.like(arrivals.payload)
        entry = Signal(mask_layout(self.config))
        # An arrival of which it is known whether it has rows, or one alone.
        judged_valid, empty, single, judged_leaves = Signal(), Signal(), Signal(), Signal()
        judged, judged_entry = Signal.like(arrivals.payload), Signal(mask_layout(self.config))
        # Last stage: an arrival whose rows are being listed.
        second_valid = Signal()
        second = Signal(row_layout(self.config))
        left, last = Signal(self.config.delays), Signal()  # ``last``: one is left
        second_leaves = Signal()

        judges = ~judged_valid | judged_leaves
        looks = ~looked_valid | judges
        m.d.comb += [
            arrivals.ready.eq(~first_valid | looks),
            lookup.en.eq(arrivals.valid & arrivals.ready),
            lookup.address.eq(arrivals.payload.source),
            judged_leaves.eq(judged_valid & (empty | ~second_valid | second_leaves)),
        ]
        with m.If(arrivals.ready):
            m.d.sync += [first_valid.eq(arrivals.valid), first.eq(arrivals.payload)]
        with m.If(looks):
            m.d.sync += [looked_valid.eq(first_valid), looked.eq(first), entry.eq(lookup.data)]
        with m.If(judges):
            m.d.sync += [
                judged_valid.eq(looked_valid),
                judged.eq(looked),
                judged_entry.eq(entry),
                empty.eq(~looked.eos & (entry.mask == 0)),
                single.eq(few_ones(entry.mask) == 1),
            ]

        level = lowest_set(m, left)
        m.d.comb += [
            rows.valid.eq(second_valid),
            rows.payload.eq(second),
            rows.payload.level.eq(level),
            second_leaves.eq(second_valid & rows.ready & (second.eos | last)),
        ]
        with m.If(rows.valid & rows.ready):
            m.d.sync += [left.eq(left & (left - 1)), last.eq(few_ones(left) == 2), second.row.eq(second.row + 1)]
        with m.If(second_leaves):
            m.d.sync += second_valid.eq(0)
        with m.If(judged_leaves & ~empty):
            m.d.sync += [
                second_valid.eq(1),
                second.eos.eq(judged.eos),
                second.source.eq(judged.source),
                second.row.eq(judged_entry.base),
                left.eq(judged_entry.mask),
                last.eq(single),
            ]
        return ResetInserter(self.flush)(m)


UNIT = Ring
