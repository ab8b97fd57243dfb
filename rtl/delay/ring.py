# SPDX-License-Identifier: Apache-2.0
"""The ring buffer: delays are slots of the accumulators, so the presynaptic stage only lists a source's rows."""

from amaranth.hdl import Module, ResetInserter, Signal

from rtl.arith import lowest_set
from rtl.delay.unit import DelayUnitBase
from rtl.layouts import mask_layout, row_layout


class Ring(DelayUnitBase):
    """Presynaptic stage of the ring buffer (Loihi, SpiNNaker): emits every row of an arriving source at once.

    Latency LOOKUP + 1 cycles from an arrival to its first row, throughput one row a cycle and at most one arrival a
    cycle; a source without rows takes one cycle. Back-pressure on ``rows`` holds ``arrivals``. Nothing is stored beyond
    the three arrivals under way: ``peak`` and ``lost`` are 0.
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
        looked_leaves = Signal()
        looked_empty = Signal()
        # Last stage: an arrival whose rows are being listed.
        second_valid = Signal()
        second = Signal(row_layout(self.config))
        left = Signal(self.config.delays)
        second_leaves = Signal()

        looks = ~looked_valid | looked_leaves
        m.d.comb += [
            arrivals.ready.eq(~first_valid | looks),
            lookup.en.eq(arrivals.valid & arrivals.ready),
            lookup.address.eq(arrivals.payload.source),
            looked_empty.eq(~looked.eos & (entry.mask == 0)),
            looked_leaves.eq(looked_valid & (looked_empty | ~second_valid | second_leaves)),
        ]
        with m.If(arrivals.ready):
            m.d.sync += [first_valid.eq(arrivals.valid), first.eq(arrivals.payload)]
        with m.If(looks):
            m.d.sync += [looked_valid.eq(first_valid), looked.eq(first), entry.eq(lookup.data)]

        level = lowest_set(m, left)
        rest = Signal.like(left)
        m.d.comb += [
            rest.eq(left & (left - 1)),
            rows.valid.eq(second_valid),
            rows.payload.eq(second),
            rows.payload.level.eq(level),
            second_leaves.eq(second_valid & rows.ready & (second.eos | (rest == 0))),
        ]
        with m.If(rows.valid & rows.ready):
            m.d.sync += [left.eq(rest), second.row.eq(second.row + 1)]
        with m.If(second_leaves):
            m.d.sync += second_valid.eq(0)
        with m.If(looked_leaves & ~looked_empty):
            m.d.sync += [
                second_valid.eq(1),
                second.eos.eq(looked.eos),
                second.source.eq(looked.source),
                second.row.eq(entry.base),
                left.eq(entry.mask),
            ]
        return ResetInserter(self.flush)(m)


UNIT = Ring
