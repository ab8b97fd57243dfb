# SPDX-License-Identifier: Apache-2.0
"""The window filter: what the skip mask says about an event that is judged once for several delay levels."""

from amaranth.hdl import Array, Cat, Const, Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.data import StructLayout
from amaranth.lib.wiring import In, Out

from model.config import CoreConfig
from rtl.arith import few_ones, lowest_set
from rtl.delay.rank import RowNumber
from rtl.layouts import mask_layout, row_layout


def windows(config: CoreConfig) -> int:
    """Windows of ``slots`` delay levels each: ceil(D / slots)."""
    return -(-config.delays // config.slots)


def window_layout(config: CoreConfig) -> StructLayout:
    """An event, and the window of its skip mask that is judged next."""
    return StructLayout({"window": max(1, (windows(config) - 1).bit_length()), "source": config.source_bits})


class WindowFilter(wiring.Component):
    """Judges an event under its skip mask: which of ``slots`` consecutive levels are set, and does it stay?

    ``valid``/``ready`` hand over an event (``source``, ``window``), or the end of step, whose mask is being looked
    up: ``mask`` is the source's table entry from the next cycle on; it is registered, and so is what it says of the
    event. Then, in one cycle, the set levels of the window (from window * slots on) go to the stage that lists them,
    and ``keep`` is high if the mask has a level of a later window, so that the event ``judged`` stays. The list goes
    to ``rows``, by ascending level, a row a cycle. An event without a set level in its window never waits. Latency
    from hand-over to ``rows``: LOOKUP cycles, 1 for the list, and NUMBER for the row's number.
    """

    def __init__(self, config: CoreConfig) -> None:
        self._config = config
        super().__init__(
            {
                "valid": In(1),
                "ready": Out(1),
                "eos": In(1),
                "event": In(window_layout(config)),
                "mask": In(mask_layout(config)),
                "keep": Out(1),
                "judged": Out(window_layout(config)),
                "rows": Out(stream.Signature(row_layout(config))),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config = self._config
        slots, count = config.slots, windows(config)

        looked_valid, looked_eos, looked = Signal(), Signal(), Signal(window_layout(config))
        found_valid, found_eos, found = Signal(), Signal(), Signal(window_layout(config))
        found_entry = Signal(mask_layout(config))
        judged_entry = Signal(mask_layout(config))
        judged_valid, judged_eos, judged_leaves = Signal(), Signal(), Signal()
        # The levels of its window; whether there is none, or one; whether its mask has a later one.
        due = Signal(slots)
        empty = Signal()
        single = Signal()
        later = Signal()
        judges = ~judged_valid | judged_leaves
        finds = ~found_valid | judges
        m.d.comb += self.ready.eq(~looked_valid | finds)
        with m.If(self.ready):
            m.d.sync += [looked_valid.eq(self.valid), looked_eos.eq(self.eos), looked.eq(self.event)]
        with m.If(finds):
            m.d.sync += [found_valid.eq(looked_valid), found_eos.eq(looked_eos), found.eq(looked)]
            m.d.sync += found_entry.eq(self.mask)
        levels = Signal(slots)
        masks = [found_entry.mask[window * slots : (window + 1) * slots] for window in range(count)]
        beyond = [found_entry.mask[(window + 1) * slots :].any() for window in range(count - 1)]
        m.d.comb += levels.eq(Array(masks)[found.window])
        with m.If(judges):
            m.d.sync += [judged_valid.eq(found_valid), judged_eos.eq(found_eos), self.judged.eq(found)]
            m.d.sync += [
                judged_entry.eq(found_entry),
                due.eq(levels),
                empty.eq(~found_eos & (levels == 0)),
                single.eq(few_ones(levels) == 1),
                later.eq(Array([*beyond, Const(0, 1)])[found.window]),
            ]

        # The set levels of the window, one after the other.
        listed_valid, listed_eos, listed_leaves = Signal(), Signal(), Signal()
        listed, entry = Signal(window_layout(config)), Signal(mask_layout(config))
        left, last = Signal(slots), Signal()  # ``last``: one is left
        m.submodules.number = number = RowNumber(config)
        wiring.connect(m, wiring.flipped(self.rows), number.rows)
        number_due = number.due.payload
        m.d.comb += [
            number.due.valid.eq(listed_valid),
            number_due.eos.eq(listed_eos),
            number_due.event.source.eq(listed.source),
            number_due.event.level.eq(Cat(lowest_set(m, left), listed.window)),
            number_due.entry.eq(entry),
            listed_leaves.eq(listed_valid & number.due.ready & (listed_eos | last)),
            judged_leaves.eq(judged_valid & (empty | ~listed_valid | listed_leaves)),
            self.keep.eq(judged_leaves & ~judged_eos & later),
        ]
        with m.If(listed_valid & number.due.ready):
            m.d.sync += [left.eq(left & (left - 1)), last.eq(few_ones(left) == 2), listed_valid.eq(~listed_leaves)]
        with m.If(judged_leaves & ~empty):
            m.d.sync += [
                listed_valid.eq(1),
                listed_eos.eq(judged_eos),
                listed.eq(self.judged),
                entry.eq(judged_entry),
                left.eq(due),
                last.eq(single),
            ]
        return m
