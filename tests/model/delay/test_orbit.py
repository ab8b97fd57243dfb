# SPDX-License-Identifier: Apache-2.0
"""model.delay.orbit: how often an event is judged and held, in and beyond a sample."""

import numpy as np
import pytest

from model.cost.memories import Accesses, MemoryName
from model.delay.orbit import OrbitSpec, OrbitTiming
from model.delay.scdq1 import SPEC
from model.delay.timing import Tables
from tests.model.delay.examples import CONFIG, arrivals


def test_an_event_is_judged_until_its_last_level_or_the_end_of_the_sample() -> None:
    """Highest levels 0, 3 and 7 in step 1 of ten, 7 in step 8: for one more step, and kept for another."""
    assert OrbitSpec.again(arrivals()) == 0 + 3 + 7 + 1
    assert OrbitSpec.kept(arrivals()) == 0 + 3 + 7 + 2
    assert OrbitSpec.traffic(3, 5) == {MemoryName.QUEUE: Accesses(reads=3, writes=5)}


@pytest.mark.parametrize("copies", [1, 2])
def test_queues_hold_a_source_and_a_level(copies: int) -> None:
    [shape] = SPEC.queue(CONFIG.with_unit("scdq1", 30), copies)
    assert (shape.copies, shape.depth, shape.width, shape.bits) == (copies, 30, 4 + 3, copies * 30 * 7)
    assert shape.two_port
    assert SPEC.held_levels(CONFIG, np.array([0, 5])).tolist() == [0, 5]


def test_what_orbits_comes_before_what_arrives() -> None:
    """The order in which an arrival can be read is asked for with the reads of all before it."""
    asked: list[int] = []

    class Asked(OrbitTiming):
        def arrive(self, offered: int, reads: list[int]) -> int:
            asked.append(len(reads))
            assert reads == sorted(set(reads))
            return offered

    unit = Asked(Tables(rows=[{4: 1}] * 3, highest=[4] * 3, capacity=9, slots=1))
    for sources in ([0, 1], [2], []):
        unit.step([(0, source) for source in sources], 0)
    assert asked == [0, 1, 2, 2, 3, 3]
    assert unit.peak == 3
