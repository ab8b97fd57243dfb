# SPDX-License-Identifier: Apache-2.0
"""model.delay.scdq1: one queue, read once a step; arrivals do not go through it."""

import pytest

from model.cost.memories import Accesses, MemoryName
from model.delay.scdq import SPEC as TWO
from model.delay.scdq1 import SPEC
from tests.model.delay.examples import CONFIG, arrivals, played


def test_half_the_memory_of_the_scdq() -> None:
    config = CONFIG.with_unit("scdq1", 40)
    [queue], [two] = SPEC.memories(config), TWO.memories(CONFIG.with_unit("scdq", 40))
    assert (2 * queue.bits, queue.width) == (two.bits, two.width)
    assert SPEC.formula_bits(config, sources=4, targets=6, activity=0.5) == 0.5 * 4 * 8 * 7


def test_reads_and_writes_by_hand() -> None:
    moves = SPEC.moves(CONFIG.with_unit("scdq1", 40), arrivals())
    assert moves.lookups == 4 + (0 + 3 + 7) + 1
    assert moves.memories == {MemoryName.QUEUE: Accesses(reads=11, writes=(0 + 3 + 7) + 2)}


@pytest.mark.parametrize("fired", [[[0, 1], [1], [], [0]], [[], [0, 1, 2], [0, 1, 2], [], []]])
def test_the_same_words_and_no_later_than_the_scdq(fired: list[list[int]]) -> None:
    rows = [{0: 3, 2: 1}, {1: 2}, {0: 1, 1: 1, 3: 4}]
    one, two = played(SPEC.timing, rows, fired), played(TWO.timing, rows, fired)
    assert one.pipe.words == two.pipe.words > 0
    assert one.pipe.popped <= two.pipe.popped
    assert one.peak == two.peak
