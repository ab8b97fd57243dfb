# SPDX-License-Identifier: Apache-2.0
"""Broken variants of the SCDQ."""

from tb.formal.broken.variant import Mutation

MUTANTS = (
    Mutation(
        name="scdq-counter-off-by-one",
        module="rtl.delay.scdq",
        old="config.delays - 2 - pruning.judged.level",
        new="config.delays - 1 - pruning.judged.level",
        breaks=("scdq.rows", "scdq.complete"),
        by_induction=True,
    ),
    Mutation(
        name="scdq-swap-early",
        module="rtl.delay.scdq",
        old="with m.If(self.rows.valid & self.rows.ready & self.rows.payload.eos):",
        new="with m.If(self.rows.valid & self.rows.payload.eos):",
        breaks=("scdq.apart", "scdq.rows", "scdq.complete"),
    ),
    Mutation(
        name="scdq-end-overtakes-last-event",
        module="rtl.delay.scdq",
        old="finish = ending & ~ended & ~prq_filled",
        new="finish = ending & ~ended & (prq_level <= 1)",
        breaks=("scdq.complete", "scdq.rows"),
        by_induction=True,
    ),
    Mutation(
        name="scdq-last-entry-unused",
        module="rtl.delay.scdq",
        old="poq_push.eq(kept & ~poq_full)",
        new="poq_push.eq(kept & ~poq_full & (poq_level != self.last_place))",
        breaks=("scdq.capacity", "scdq.complete"),
        by_induction=True,
    ),
    Mutation(
        name="scdq-never-takes-again",
        module="rtl.delay.scdq",
        old="m.d.sync += [swapped.eq(~swapped), ending.eq(0), ended.eq(0)]",
        new="m.d.sync += [swapped.eq(~swapped), ended.eq(0)]",
        breaks=("scdq.progress",),
        by_induction=True,
    ),
    Mutation(
        name="scdq-loss-not-counted",
        module="rtl.delay.scdq",
        old="dropped=kept & ~poq_push",
        new="dropped=0",
        breaks=("scdq.overflow",),
        by_induction=True,
    ),
)
