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
    the source's table entry from the next cycle on; it is registered. Then, in one cycle, the event goes to ``rows`` if
    its mask has its level, and ``keep`` is high if the mask has a higher level, so that the event ``judged`` stays. An
    event that does not leave never waits. Latency from hand-over to ``rows``: LOOKUP cycles, and NUMBER more for the
    row's number.
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

        looked_valid, looked_eos = Signal(), Signal()
        looked = Signal(waiting_layout(config))
        judged_valid, judged_eos = Signal(), Signal()
        entry = Signal(mask_layout(config))
        judged_leaves = Signal()
        judges = ~judged_valid | judged_leaves
        m.d.comb += self.ready.eq(~looked_valid | judges)
        with m.If(self.ready):
            m.d.sync += [looked_valid.eq(self.valid), looked_eos.eq(self.eos), looked.eq(self.event)]
        with m.If(judges):
            m.d.sync += [judged_valid.eq(looked_valid), judged_eos.eq(looked_eos), self.judged.eq(looked)]
            m.d.sync += entry.eq(self.mask)

        m.submodules.number = number = RowNumber(config)
        wiring.connect(m, wiring.flipped(self.rows), number.rows)
        due = Signal(config.delays)
        emits = Signal()
        m.d.comb += [
            due.eq(entry.mask >> self.judged.level),
            emits.eq(judged_eos | due[0]),
            number.due.valid.eq(judged_valid & emits),
            number.due.payload.eos.eq(judged_eos),
            number.due.payload.event.eq(self.judged),
            number.due.payload.entry.eq(entry),
            judged_leaves.eq(judged_valid & (~emits | number.due.ready)),
            self.keep.eq(judged_leaves & ~judged_eos & (due[1:] != 0)),
        ]
        return m
