# SPDX-License-Identifier: Apache-2.0
"""Broken variants of the ring buffer."""

from tb.formal.broken.variant import Mutation

MUTANTS = (
    Mutation(
        name="ring-mask-reversed",
        module="rtl.delay.ring",
        old="left.eq(judged_entry.mask)",
        new="left.eq(judged_entry.mask[::-1])",
        breaks=("ring.rows",),
    ),
    Mutation(
        name="ring-row-number-stays",
        module="rtl.delay.ring",
        old="second.row.eq(second.row + 1)",
        new="second.row.eq(second.row)",
        breaks=("ring.rows",),
    ),
    Mutation(
        name="ring-last-row-dropped",
        module="rtl.delay.ring",
        old="last.eq(few_ones(left) == 2)",
        new="last.eq(few_ones(left) >= 2)",
        breaks=("ring.complete",),
    ),
    Mutation(
        name="ring-moves-on-under-back-pressure",
        module="rtl.delay.ring",
        old="with m.If(rows.valid & rows.ready):",
        new="with m.If(rows.valid):",
        breaks=("ring.handshake", "ring.complete"),
    ),
    Mutation(
        name="ring-stuck-on-an-empty-mask",
        module="rtl.delay.ring",
        old="with m.If(second_leaves):",
        new="with m.If(second_leaves & ~second.eos):",
        breaks=("ring.progress", "ring.complete"),
    ),
)
