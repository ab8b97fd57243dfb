# SPDX-License-Identifier: Apache-2.0
"""The two queues by hand: what orbits comes first, in the order in which it was stored."""

from model.config import DelayUnit
from tests.rtl.delay.by_hand import played


def test_an_event_leaves_at_each_level_of_its_mask() -> None:
    rows, _ = played(DelayUnit.SCDQ, [{0, 2}, {1, 3}, set(), set(), set(), set()], [[1, 0], [0], [], [], []])
    assert rows == [[(0, 0)], [(1, 1), (0, 0)], [(0, 2)], [(1, 3), (0, 2)], []]


def test_ten_cycles_from_an_arrival_to_its_row() -> None:
    """Stored (1), read (3), looked up and judged (3), numbered (3); the next one a cycle later."""
    _, cycles = played(DelayUnit.SCDQ, [{0}, {2}, {0}, set(), set(), set()], [[0, 1, 2]])
    assert cycles[:2] == [10, 12]
