# SPDX-License-Identifier: Apache-2.0
"""The formulas of docs/microarchitecture.md, worked out by hand."""

import pytest

from model.config import DelayUnit
from tb.delay.timing import OrbitTiming
from tb.delay.unit import benched


def test_a_queue_that_is_never_held_up_sends_a_row_a_cycle() -> None:
    """Read in 0, 1, 2; judged and left 6 cycles later; numbered 3 cycles later."""
    timing = OrbitTiming(8)
    assert timing.step([], [1, 1], [0, 1, 2], [9, 10, 11]) == [9, 10, 11]
    assert timing.end == 11


def test_a_row_that_is_not_taken_holds_those_behind_it() -> None:
    timing = OrbitTiming(8)
    assert timing.step([], [1, 1], [0, 1, 2], [12, 13, 14]) == [9, 13, 14]


def test_what_does_not_leave_waits_for_no_row() -> None:
    timing = OrbitTiming(8)
    assert timing.step([0, 0, 1], [], [0], [11, 12]) == [11, 12]


def test_the_next_step_begins_after_the_last_row() -> None:
    timing = OrbitTiming(8)
    timing.step([], [], [0], [9])
    assert timing.step([1], [], [0], [19, 20]) == [19, 20]


@pytest.mark.parametrize("unit", list(DelayUnit))
def test_an_end_of_step_alone(unit: DelayUnit) -> None:
    """It is offered in 0 and goes through the stages of each unit in as many cycles as it has."""
    found = benched(unit).timing(8).step([], [], [0], [100])
    assert found == [{"ring": 4, "scdq": 10, "scdq1": 9, "bitmap": 7}.get(unit, found[0])]
