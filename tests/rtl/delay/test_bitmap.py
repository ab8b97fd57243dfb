# SPDX-License-Identifier: Apache-2.0
"""The spike history by hand: sources by address, then arrivals; every due bit of a source is a row."""

from model.config import DelayUnit
from tests.rtl.delay.by_hand import played


def test_sources_are_visited_by_address() -> None:
    rows, _ = played(DelayUnit.BITMAP, [{1}, {0, 1, 2}, {1, 3}, set(), set(), set()], [[2, 1], [1, 0], [], [], []])
    assert rows[0] == [(1, 0)]
    assert rows[1] == [(1, 1), (2, 1), (1, 0)]
    assert sorted(rows[2]) == [(0, 1), (1, 1), (1, 2)]
    assert [source for source, _ in rows[2]] == [0, 1, 1]
    assert sorted(rows[3]) == [(1, 2), (2, 3)]
    assert rows[4] == []


def test_seven_cycles_from_an_arrival_to_its_row() -> None:
    """Looked up (3), listed (1), numbered (3)."""
    _, cycles = played(DelayUnit.BITMAP, [{0}, {2}, {0}, set(), set(), set()], [[0, 1, 2]])
    assert cycles[:2] == [7, 9]
