# SPDX-License-Identifier: Apache-2.0
"""Broken variants of the spike history."""

from tb.formal.broken.variant import Mutation

MUTANTS = (
    Mutation(
        name="bitmap-mask-read-a-level-high",
        module="rtl.delay.bitmap",
        old="entry.mask[level + 1 :].any()",
        new="entry.mask[level + 2 :].any()",
        breaks=("bitmap.complete",),
        by_induction=True,
    ),
    Mutation(
        name="bitmap-history-not-aged",
        module="rtl.delay.bitmap",
        old="after.eq(Mux(looked_scan, before << 1, before | 1) & needed)",
        new="after.eq(Mux(looked_scan, before, before | 1) & needed)",
        breaks=("bitmap.rows",),
        by_induction=True,
    ),
    Mutation(
        name="bitmap-history-read-before-it-is-on-its-way",
        module="rtl.delay.bitmap",
        old="first_passed.eq(leaving | (written & (written_index == index)))",
        new="first_passed.eq(written & (written_index == index))",
        breaks=("bitmap.rows", "bitmap.complete"),
        by_induction=True,
    ),
    Mutation(
        name="bitmap-history-read-before-it-is-written",
        module="rtl.delay.bitmap",
        old="first_passed.eq(leaving | (written & (written_index == index)))",
        new="first_passed.eq(leaving)",
        breaks=("bitmap.rows", "bitmap.complete"),
        by_induction=True,
    ),
    Mutation(
        name="bitmap-last-visit-not-forwarded",
        module="rtl.delay.bitmap",
        old="with m.If(writes & (looked_index == first_index)):",
        new="with m.If(0):",
        breaks=("bitmap.rows", "bitmap.complete"),
        by_induction=True,
    ),
    Mutation(
        name="bitmap-last-visit-dropped",
        module="rtl.delay.bitmap",
        old="visited.eq(lowest_set(m, alive)), rest.eq(alive & (alive - 1))",
        new="visited.eq(lowest_set(m, alive & (alive - 1))), rest.eq(0)",
        breaks=("bitmap.complete",),
        by_induction=True,
    ),
    Mutation(
        name="bitmap-end-overtakes-visits",
        module="rtl.delay.bitmap",
        old="arrivals.ready.eq(take & ~scans & ~ending)",
        new="arrivals.ready.eq(take & (~scans | arrivals.payload.eos) & ~ending)",
        breaks=("bitmap.complete", "bitmap.rows"),
        by_induction=True,
    ),
    Mutation(
        name="bitmap-takes-behind-the-end",
        module="rtl.delay.bitmap",
        old="arrivals.ready.eq(take & ~scans & ~ending)",
        new="arrivals.ready.eq(take & ~scans)",
        breaks=("bitmap.apart",),
        by_induction=True,
    ),
    Mutation(
        name="bitmap-visits-for-ever",
        module="rtl.delay.bitmap",
        old="rest.eq(rest & (rest - 1))",
        new="rest.eq(rest)",
        breaks=("bitmap.progress", "bitmap.rows"),
        by_induction=True,
    ),
    Mutation(
        name="bitmap-arrivals-of-a-source-dropped",
        module="rtl.delay.bitmap",
        old="first_valid.eq(scans | arrives)",
        new="first_valid.eq(scans | (arrives & (arrivals.payload.eos | ~arrivals.payload.source[0])))",
        breaks=("equivalence.ring-bitmap",),
        by_induction=True,
    ),
)
