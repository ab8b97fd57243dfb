# SPDX-License-Identifier: Apache-2.0
"""The single queue by hand: the same order as two queues, an arrival a stage sooner."""

import pytest

from model.config import DelayUnit
from tests.rtl.delay.by_hand import played

MASKS = [{0, 2}, {1, 3}, {0, 1, 2, 3}, {3}, {1}, set()]


@pytest.mark.parametrize("steps", [[[1, 0], [0], [], [], []], [[2, 3], [2, 1], [2], [4, 0], [], []]])
def test_rows_in_the_order_of_two_queues(steps: list[list[int]]) -> None:
    assert played(DelayUnit.SCDQ1, MASKS, steps)[0] == played(DelayUnit.SCDQ, MASKS, steps)[0]


def test_nine_cycles_from_an_arrival_to_its_row() -> None:
    """Read (3), looked up and judged (3), numbered (3)."""
    _, cycles = played(DelayUnit.SCDQ1, [{0}, {2}, {0}, set(), set(), set()], [[0, 1, 2]])
    assert cycles[:2] == [9, 11]
