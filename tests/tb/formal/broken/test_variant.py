# SPDX-License-Identifier: Apache-2.0
"""Broken variants: there while they are asked for, gone afterwards, refused if they fit no longer."""

import pytest

import rtl.core.accumulators
import rtl.core.neurocore
import rtl.delay.unit
from rtl.arith import shift_leak
from rtl.delay.scdq1 import Scdq1
from rtl.delay.unit import DelayUnitBase
from tb.formal.broken.variant import Mutation, applied

LEAK = Mutation(name="leak", module="rtl.arith", old="product < 0", new="product > 0", breaks=())


def test_the_variant_is_in_every_module_and_then_gone() -> None:
    bank, unit = rtl.core.neurocore.AccumulatorBank, rtl.core.accumulators.AccumulatorBank
    change = Mutation(
        name="bank", module="rtl.core.accumulators", old="consumed.eq(consumes)", new="consumed.eq(0)", breaks=()
    )
    with applied(change):
        assert rtl.core.neurocore.AccumulatorBank is rtl.core.accumulators.AccumulatorBank
        assert rtl.core.neurocore.AccumulatorBank is not bank
    assert (rtl.core.neurocore.AccumulatorBank, rtl.core.accumulators.AccumulatorBank) == (bank, unit)


def test_who_inherits_from_a_broken_class_is_broken_too() -> None:
    count = DelayUnitBase.count_events
    change = Mutation(
        name="base",
        module="rtl.delay.unit",
        old="dropped_before.eq(dropped_now)",
        new="dropped_before.eq(0)",
        breaks=(),
    )
    with applied(change):
        assert Scdq1.count_events is not count
        assert rtl.delay.unit.DelayUnitBase in Scdq1.__mro__
    assert Scdq1.count_events is count


def test_it_is_gone_after_an_error() -> None:
    with pytest.raises(RuntimeError, match="stop"), applied(LEAK):
        raise RuntimeError("stop")
    assert rtl.arith.shift_leak is shift_leak


@pytest.mark.parametrize(("old", "count"), [("no such text", 0), ("value", 8)])
def test_a_text_that_is_not_there_once_is_refused(old: str, count: int) -> None:
    change = Mutation(name="odd", module="rtl.arith", old=old, new="", breaks=())
    with pytest.raises(ValueError, match=rf"mutation odd: rtl.arith has '{old}' \d+ times, not once"), applied(change):
        pass
