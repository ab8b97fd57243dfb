# SPDX-License-Identifier: Apache-2.0
"""model.delay.ring: an accumulator for every level, nothing that waits, all rows at once."""

from model.delay.ring import SPEC
from tests.model.delay.examples import CONFIG, arrivals, played


def test_what_it_is_made_of() -> None:
    config = CONFIG.with_unit("ring")
    assert (config.slots, list(SPEC.memories(config)), SPEC.has_queues) == (8, [], False)
    assert SPEC.formula_bits(config, sources=4, targets=6, activity=0.5) == 6 * 8 * 12


def test_each_arrival_is_looked_up_once() -> None:
    moves = SPEC.moves(CONFIG.with_unit("ring"), arrivals())
    assert (moves.lookups, moves.memories) == (4, {})


def test_rows_of_all_levels_leave_in_the_step_of_the_arrival() -> None:
    unit = played(SPEC.timing, [{0: 2, 5: 3}, {7: 1}], [[0, 1], [], [1]], slots=8)
    assert unit.pipe.words == 2 + 3 + 1 + 1
    assert (unit.peak, unit.lost) == (0, 0)
    later = played(SPEC.timing, [{0: 2, 5: 3}, {7: 1}], [[0, 1]], slots=8)
    assert later.pipe.words == 6


def test_a_word_a_cycle() -> None:
    """A long row hides the listing of those behind it."""
    one, many = (played(SPEC.timing, [dict.fromkeys(range(8), words)], [[0]], slots=8) for words in (1, 20))
    assert many.pipe.popped - one.pipe.popped == 8 * 19
