# SPDX-License-Identifier: Apache-2.0
"""model.delay.bitmap: the last steps of each source, visited while they are needed."""

from model.cost.memories import Accesses, MemoryName
from model.delay.bitmap import SPEC
from model.delay.scdq import SPEC as QUEUES
from tests.model.delay.examples import CONFIG, arrivals, played


def test_what_it_is_made_of() -> None:
    config = CONFIG.with_unit("bitmap", 10)
    [history] = SPEC.memories(config)
    assert (history.name, history.depth, history.width) == (MemoryName.HISTORY, 10, 7)
    assert (config.slots, SPEC.flag_bits(config), SPEC.has_queues) == (1, 20, False)
    assert SPEC.entries(capacity=99, histories=10) == 10
    assert SPEC.formula_bits(config, sources=4, targets=6, activity=0.5) == 4 * 8


def test_reads_and_writes_by_hand() -> None:
    """Source 1 is visited in steps 2 to 4, source 2 in 2 to 8 and, for its second spike, in 9; never source 0."""
    moves = SPEC.moves(CONFIG.with_unit("bitmap", 10), arrivals())
    visits = 3 + 7 + 1
    assert moves.lookups == 4 + visits
    # Read for every arrival, visit, and end of step; written for every visit and arrival that is kept.
    assert moves.memories == {MemoryName.HISTORY: Accesses(reads=4 + visits + 10, writes=visits + 3)}


def test_two_spikes_of_a_source_share_a_visit() -> None:
    """The same rows as of two queues, with nothing that could overflow."""
    rows = [{0: 1, 2: 2, 3: 1}, {}, {1: 5}]
    for fired in ([[0], [0], [0], [], [], []], [[0, 2], [2], [0], [0, 1, 2], [], []]):
        bits, events = played(SPEC.timing, rows, fired), played(QUEUES.timing, rows, fired)
        assert bits.pipe.words == events.pipe.words
        assert (bits.peak, bits.lost) == (0, 0)
