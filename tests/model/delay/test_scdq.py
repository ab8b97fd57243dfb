# SPDX-License-Identifier: Apache-2.0
"""model.delay.scdq: two queues, whose events are judged in each step until their last level."""

from model.cost.memories import Accesses, MemoryName
from model.delay.scdq import SPEC
from tests.model.delay.examples import CONFIG, arrivals, played

WIDTH = 4 + 3
"""Of an event: its source and its counter."""


def test_what_it_is_made_of() -> None:
    config = CONFIG.with_unit("scdq", 40)
    [queue] = SPEC.memories(config)
    assert (queue.name, queue.copies, queue.depth, queue.width) == (MemoryName.QUEUE, 2, 40, WIDTH)
    assert config.slots == 1
    assert SPEC.formula_bits(config, sources=4, targets=6, activity=0.5) == 0.5 * 4 * 15 * WIDTH


def test_reads_and_writes_by_hand() -> None:
    """Highest levels 0, 3, 7 from step 1 on, of ten; 7 again in step 8, which is judged once more and kept twice."""
    moves = SPEC.moves(CONFIG.with_unit("scdq", 40), arrivals())
    judged = 4 + (0 + 3 + 7) + 1
    assert moves.lookups == judged
    assert moves.memories == {MemoryName.QUEUE: Accesses(reads=judged, writes=4 + (0 + 3 + 7) + 2)}


def test_an_event_stays_until_its_last_level() -> None:
    rows = [{0: 1, 2: 1}]
    assert [played(SPEC.timing, rows, [[0], *[[]] * more]).pipe.words for more in range(4)] == [1, 1, 2, 2]
    assert played(SPEC.timing, rows, [[0], [0], [0]]).peak == 2


def test_what_finds_the_queue_full_is_lost() -> None:
    unit = played(SPEC.timing, [{3: 1}] * 3, [[0, 1, 2], [], [], []], capacity=2)
    assert (unit.peak, unit.lost, unit.pipe.words) == (2, 1, 2)
