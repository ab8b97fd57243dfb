# SPDX-License-Identifier: Apache-2.0
# amaranth: UnusedElaboratable=no
"""What cocotb runs in a simulator: a phase after the other, and none after one that is late."""

from itertools import pairwise

import pytest

from tb.errors import SimulationTimeout
from tb.player.phase import Phase, PhaseResult
from tb.player.play import Player
from tests.tb.designs import Fifo


@pytest.mark.cocotb
def test_phases_one_after_the_other() -> None:
    results = Player(Fifo(), backend="cocotb").run([Phase(inputs={"i": [k]}, expect={"o": 1}) for k in range(20)])
    assert [result.outputs["o"] for result in results] == [[k] for k in range(20)]
    assert all(before.start + before.cycles < after.start for before, after in pairwise(results))


@pytest.mark.cocotb
def test_a_late_phase_is_the_last() -> None:
    seen: list[PhaseResult] = []
    stream = Player(Fifo(), backend="cocotb").stream(
        [Phase(inputs={"i": [1]}, expect={"o": 1}), Phase(expect={"o": 1}), Phase()], timeout=50, keep=False
    )
    with pytest.raises(SimulationTimeout, match="phase 1 not over after 50 cycles: o has given 0 of 1 tokens"):
        seen += stream
    assert len(seen) <= 1
