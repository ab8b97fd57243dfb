# SPDX-License-Identifier: Apache-2.0
"""Broken variants of what delay units share: pruning filter, number of a row, event queue."""

from tb.formal.broken.variant import Mutation

DELAY = (
    Mutation(
        name="filter-mask-reversed",
        module="rtl.delay.pruning",
        old="due.eq(self.mask.mask >> self.judged.level)",
        new="due.eq(self.mask.mask[::-1] >> self.judged.level)",
        breaks=("scdq.rows", "scdq1.rows"),
    ),
    Mutation(
        name="filter-keeps-after-last-level",
        module="rtl.delay.pruning",
        old="(due[1:] != 0)",
        new="(due != 0)",
        breaks=("scdq.capacity",),
    ),
    Mutation(
        name="filter-holds-the-first-level-back",
        module="rtl.delay.pruning",
        old="emits.eq(judged_eos | due[0])",
        new="emits.eq(judged_eos | (due[0] & (self.judged.level != 0)))",
        breaks=("equivalence.ring-scdq",),
    ),
    Mutation(
        name="row-valid-dropped-under-back-pressure",
        module="rtl.delay.rank",
        old="with m.If(self.due.ready):",
        new="with m.If(1):",
        breaks=("scdq.handshake", "bitmap.handshake"),
    ),
    Mutation(
        name="row-payload-changes-under-back-pressure",
        module="rtl.delay.rank",
        old="with m.If(self.due.valid & self.due.ready):",
        new="with m.If(self.due.valid):",
        breaks=("scdq1.handshake", "bitmap.handshake"),
    ),
    Mutation(
        name="row-replaced-under-back-pressure",
        module="rtl.delay.rank",
        old="self.due.ready.eq(~self.rows.valid | self.rows.ready)",
        new="self.due.ready.eq(1)",
        breaks=("bitmap.handshake",),
    ),
    Mutation(
        name="row-number-counts-its-own-bit",
        module="rtl.delay.rank",
        old="(level < due.event.level)",
        new="(level <= due.event.level)",
        breaks=("scdq1.rows", "bitmap.rows"),
    ),
    Mutation(
        name="queue-wraps-an-entry-late",
        module="rtl.delay.queue",
        old="Mux(index == self._depth - 1, 0, index + 1)",
        new="Mux(index == self._depth, 0, index + 1)",
        breaks=("queue.order",),
    ),
    Mutation(
        name="queue-miscounts-push-with-pop",
        module="rtl.delay.queue",
        old="self.level.eq(self.level + self.push - self.pop)",
        new="self.level.eq(self.level + (self.push & ~self.pop) - self.pop)",
        breaks=("queue.order", "scdq.complete"),
    ),
    Mutation(
        name="loss-counted-too-soon",
        module="rtl.delay.unit",
        old="lost.eq(lost + dropped_before)",
        new="lost.eq(lost + dropped_before + dropped_now)",
        breaks=("scdq1.overflow",),
        by_induction=True,
    ),
    Mutation(
        name="loss-of-a-step-forgotten",
        module="rtl.delay.unit",
        old="dropped_before.eq(dropped_now)",
        new="dropped_before.eq(0)",
        breaks=("scdq1.overflow",),
        by_induction=True,
    ),
)
