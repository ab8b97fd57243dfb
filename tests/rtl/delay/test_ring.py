# SPDX-License-Identifier: Apache-2.0
"""The ring by hand: all rows of an arrival at once, by ascending level."""

from model.config import DelayUnit
from tests.rtl.delay.by_hand import played


def test_all_rows_leave_in_the_step_of_their_arrival() -> None:
    rows, _ = played(DelayUnit.RING, [{0, 3}, {1}, set(), {2, 1}, set(), set()], [[3, 0], [2], [1]])
    assert rows == [[(3, 1), (3, 2), (0, 0), (0, 3)], [], [(1, 1)]]


def test_a_row_a_cycle_after_four_stages() -> None:
    """Looked up (3), listed (1); the next arrival's rows follow without a gap."""
    _, cycles = played(DelayUnit.RING, [{0, 1, 2, 3}, {0, 1}, set(), set(), set(), set()], [[0, 1]])
    assert cycles == [4, 5, 6, 7, 8, 9, 10]
