# SPDX-License-Identifier: Apache-2.0
"""Broken variants of the single-queue SCDQ."""

from tb.formal.broken.variant import Mutation

MUTANTS = (
    Mutation(
        name="scdq1-age-wraps-wrong",
        module="rtl.delay.scdq1",
        old="now + config.delays - birth)",
        new="now + config.delays - 1 - birth)",
        breaks=("scdq1.rows",),
        by_induction=True,
    ),
    Mutation(
        name="scdq1-last-event-not-read",
        module="rtl.delay.scdq1",
        old="left.eq(queue.level),\n                waits.eq(queue.filled),",
        new="left.eq(queue.level - (queue.level != 0)),\n                waits.eq(queue.level > 1),",
        breaks=("scdq1.complete",),
        by_induction=True,
    ),
    Mutation(
        name="scdq1-arrival-hides-an-event",
        module="rtl.delay.single",
        old="self.arrivals.ready.eq(take & ~waits & ~ending)",
        new="self.arrivals.ready.eq(take & (left <= 1) & ~ending)",
        breaks=("scdq1.complete", "scdq1.rows"),
        by_induction=True,
    ),
    Mutation(
        name="scdq1-takes-behind-the-end",
        module="rtl.delay.single",
        old="self.arrivals.ready.eq(take & ~waits & ~ending)",
        new="self.arrivals.ready.eq(take & ~waits)",
        breaks=("scdq1.apart",),
        by_induction=True,
    ),
    Mutation(
        name="scdq1-stuck-with-a-full-queue",
        module="rtl.delay.single",
        old="queue.pop.eq(take & waits)",
        new="queue.pop.eq(take & waits & (queue.level < 2))",
        breaks=("scdq1.progress",),
        by_induction=True,
    ),
    Mutation(
        name="scdq1-loss-not-counted",
        module="rtl.delay.scdq1",
        old="dropped=kept & ~queue.push",
        new="dropped=0",
        breaks=("scdq1.overflow",),
        by_induction=True,
    ),
    Mutation(
        name="scdq1-capacity-off-by-one",
        module="rtl.delay.scdq1",
        old="queue.push.eq(kept & ~queue.full)",
        new="queue.push.eq(kept & ~queue.full & (queue.level != self.last_place))",
        breaks=("scdq1.capacity",),
        by_induction=True,
    ),
    Mutation(
        name="scdq1-arrivals-of-a-source-dropped",
        module="rtl.delay.single",
        old="read_valid.eq(queue.pop | arrives)",
        new="read_valid.eq(queue.pop | (arrives & (self.arrivals.payload.eos | ~self.arrivals.payload.source[0])))",
        breaks=("equivalence.ring-scdq1",),
        by_induction=True,
    ),
)
