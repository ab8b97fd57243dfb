# SPDX-License-Identifier: Apache-2.0
"""model.image.stream: whole records of what has come, and the end that is told after they were looked at."""

import pytest

from model.image.records import ImageError, Status
from model.image.stream import Stream


def test_sections_one_after_the_other() -> None:
    stream = Stream(bytes(range(10)))
    records, at = stream.section("pairs", 2, 2)
    assert (records.tolist(), at) == ([[0, 1], [2, 3]], 0)
    stream.finish()
    records, at = stream.section("threes", 2, 3)
    assert (records.tolist(), at) == ([[4, 5, 6], [7, 8, 9]], 4)
    stream.finish()
    assert stream.whole


def test_the_whole_records_of_a_cut_section_come_first() -> None:
    stream = Stream(bytes(5))
    records, at = stream.section("pairs", 4, 2)
    assert (records.shape, at) == ((2, 2), 0)
    assert not stream.whole
    with pytest.raises(ImageError, match="at byte 5: the stream ends in pairs, record 2 of 4") as caught:
        stream.finish()
    assert caught.value.status is Status.TRUNCATED


def test_a_section_of_nothing_and_one_behind_the_end() -> None:
    stream = Stream(b"")
    assert stream.section("nothing", 0, 4)[0].shape == (0, 4)
    stream.finish()
    stream.at = 9
    assert stream.section("bytes", 1, 1)[0].shape == (0, 1)
    with pytest.raises(ImageError, match="at byte 0: the stream ends in bytes, record 0 of 1"):
        stream.finish()
