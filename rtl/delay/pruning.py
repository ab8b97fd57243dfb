# SPDX-License-Identifier: Apache-2.0
"""The pruning filter: what the skip mask says about an orbiting event."""

from amaranth.hdl import Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from model.config import CoreConfig
from rtl.delay.rank import RowNumber
from rtl.layouts import mask_layout, row_layout, waiting_layout


class PruningFilter(wiring.Component):
    """Judges one event a cycle under its skip mask: does it leave now, and does it stay?

    ``valid``/``ready`` hand over an event (``source``, ``level``), or EOS, whose mask is being looked up: ``mask`` is
    the source's table entry from the next cycle on; it is registered, and so is what it says of the event. Then, in
    one cycle, the event goes to ``rows`` if its mask has its level, and ``keep`` is high if the mask has a higher
    level, so that the event ``judged`` stays. An event that does not leave never waits. Latency from hand-over to
    ``rows``: LOOKUP cycles, and NUMBER more for the row's number.
    """

    def __init__(self, config: CoreConfig) -> None:
        self._config = config
        super().__init__(
            {
                "valid": In(1),
                "ready": Out(1),
                "eos": In(1),
                "event": In(waiting_layout(config)),
                "mask": In(mask_layout(config)),
                "keep": Out(1),
                "judged": Out(waiting_layout(config)),
                "rows": Out(stream.Signature(row_layout(config))),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config = self._config

        looked_valid, looked_eos, looked = Signal(), Signal(), Signal(waiting_layout(config))
        found_valid, found_eos, found = Signal(), Signal(), Signal(waiting_layout(config))
        found_entry, entry = Signal(mask_layout(config)), Signal(mask_layout(config))
        judged_valid, judged_eos, judged_leaves = Signal(), Signal(), Signal()
        due, later = Signal(), Signal()  # the mask has its level, and a higher one
        judges = ~judged_valid | judged_leaves
        finds = ~found_valid | judges
        m.d.comb += self.ready.eq(~looked_valid | finds)
        with m.If(self.ready):
            m.d.sync += [looked_valid.eq(self.valid), looked_eos.eq(self.eos), looked.eq(self.event)]
        with m.If(finds):
            m.d.sync += [found_valid.eq(looked_valid), found_eos.eq(looked_eos), found.eq(looked)]
            m.d.sync += found_entry.eq(self.mask)
        with m.If(judges):
            m.d.sync += [judged_valid.eq(found_valid), judged_eos.eq(found_eos), self.judged.eq(found)]
            m.d.sync += [
                entry.eq(found_entry),
                due.eq(found_entry.mask.bit_select(found.level, 1)),
                later.eq((found_entry.mask >> found.level)[1:] != 0),
            ]

        m.submodules.number = number = RowNumber(config)
        wiring.connect(m, wiring.flipped(self.rows), number.rows)
        emits = Signal()
        m.d.comb += [
            emits.eq(judged_eos | due),
            number.due.valid.eq(judged_valid & emits),
            number.due.payload.eos.eq(judged_eos),
            number.due.payload.event.eq(self.judged),
            number.due.payload.entry.eq(entry),
            judged_leaves.eq(judged_valid & (~emits | number.due.ready)),
            self.keep.eq(judged_leaves & ~judged_eos & later),
        ]
        return m
