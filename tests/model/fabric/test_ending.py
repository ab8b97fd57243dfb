# SPDX-License-Identifier: Apache-2.0
"""model.fabric.ending: the last END, by hand where one core is alone, and bounds where several share the way."""

import pytest

from model.cost.cycles import ENDING
from model.cost.timing import SPIKE_FIFO
from model.fabric.ending import AGAIN, FIRST_READ, Ending, last_end

WAY = 2
"""Cycles from where a core shows a token to where it leaves the output: collector (1), output (1)."""


@pytest.mark.parametrize(("neurons", "clear"), [(1, 4), (6, 4), (6, 500)])
def test_a_core_alone(neurons: int, clear: int) -> None:
    """Read-outs one after the other, then END, unless the clearing takes longer."""
    read = FIRST_READ + AGAIN * neurons + SPIKE_FIFO
    cleared = ENDING + clear + SPIKE_FIFO
    assert last_end([Ending(taken=100, neurons=neurons, clear=clear)]) == 100 + max(read, cleared) + WAY


def test_a_core_behind_another_takes_a_cycle_more() -> None:
    """Where the first one has long been done."""
    alone = last_end([Ending(taken=1000, neurons=6, clear=4)])
    assert last_end([Ending(taken=0, neurons=2, clear=4), Ending(taken=1000, neurons=6, clear=4)]) == alone + 1


def test_one_token_a_cycle_leaves() -> None:
    """Eight cores with all their read-outs at once: the output is the bottleneck."""
    count, neurons = 8, 20
    cycles = last_end([Ending(taken=0, neurons=neurons, clear=4) for _ in range(count)])
    tokens = count * (neurons + 1)
    assert tokens <= cycles - FIRST_READ <= 1.2 * tokens


def test_an_offer_is_taken_once() -> None:
    core = Ending(taken=0, neurons=1, clear=0)
    assert not core.offer(FIRST_READ - 1)
    assert core.offer(FIRST_READ)
    assert not core.offer(FIRST_READ + 1)
    assert core.offer(core.shown)
    assert core.ended
    assert not core.offer(core.shown + 100)
