# SPDX-License-Identifier: Apache-2.0
"""model.delay.timing: rows through the row queue, a word a cycle."""

import numpy as np
import pytest

from model.cost.timing import ROW_QUEUE
from model.delay.timing import RowPipe, Stages


def test_a_word_a_cycle_without_a_bubble() -> None:
    pipe = RowPipe()
    pipe.row(0, 3)
    first = pipe.popped
    pipe.row(0, 2)
    assert pipe.popped == first + 2
    pipe.row(0, 0)
    assert pipe.popped == first + 3, "an end of step takes a cycle and no word"
    assert pipe.words == 5


def test_nothing_is_fetched_before_the_step_opens() -> None:
    pipe = RowPipe()
    pipe.opened = 50
    pipe.row(0, 1)
    assert pipe.popped == 50


def test_a_row_is_taken_a_cycle_after_the_one_before() -> None:
    pipe = RowPipe()
    assert [pipe.row(0, 1) for _ in range(4)] == [0, 1, 2, 3]
    assert pipe.row(20, 1) == 20


def test_the_row_queue_holds_so_many() -> None:
    """While the first word cannot be fetched, the rows behind it wait: then a row a fetch."""
    pipe = RowPipe()
    pipe.opened = 1000
    taken = [pipe.row(0, 1) for _ in range(ROW_QUEUE + 4)]
    assert taken[ROW_QUEUE] < 100 < taken[ROW_QUEUE + 2]
    assert taken[ROW_QUEUE + 3] == taken[ROW_QUEUE + 2] + 1


def test_a_slice_has_a_second_place_and_takes_by_a_register() -> None:
    """Three stages hold three items, and let the next one in as the first leaves; with a slice four, a cycle later."""
    entered = []
    for sliced in (False, True):
        stages = Stages(3, sliced=sliced)
        stages.through(0, 20)  # waits, and those behind it
        for _ in range(4):
            stages.through(0)
            entered.append(stages.entered)
    assert entered == [1, 2, 20, 21, 1, 2, 3, 21]


@pytest.mark.parametrize("sliced", [False, True])
def test_an_item_enters_and_leaves_as_the_rule_says(sliced: bool) -> None:
    """Against the rule of docs/microarchitecture.md: x = max(available, x[i-1] + 1, z[i-n]), z = max(x + 4, ..)."""
    rng = np.random.default_rng(5)
    stages, places, late = Stages(4, sliced=sliced), 4 + sliced, int(sliced)
    entered, left = -1, [-1 - late] * places
    for available, taken in zip(rng.integers(0, 300, 200).cumsum() // 150, rng.integers(0, 400, 200), strict=True):
        waits = int(taken) if available % 3 == 0 else -1
        entered = max(int(available), entered + 1, left[-places] + late)
        left.append(max(entered + 4, left[-1] + 1, waits))
        assert stages.through(int(available), waits) == left[-1]
        assert stages.entered == entered
