# SPDX-License-Identifier: Apache-2.0
"""model.protection: how many check bits there are."""

import pytest

from model.protection import Protection, check_bits


@pytest.mark.parametrize(
    ("width", "parity", "secded"),
    [(1, 1, 4), (4, 1, 4), (5, 1, 5), (11, 1, 5), (26, 1, 6), (42, 1, 7), (57, 1, 7), (96, 1, 8)],
)
def test_check_bits(width: int, parity: int, secded: int) -> None:
    assert [check_bits(width, each) for each in Protection] == [0, parity, secded]


def test_no_width() -> None:
    with pytest.raises(ValueError, match="width must be at least 1, not 0"):
        check_bits(0, Protection.SECDED)
