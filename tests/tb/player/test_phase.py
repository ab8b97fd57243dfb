# SPDX-License-Identifier: Apache-2.0
# amaranth: UnusedElaboratable=no
"""Phases: what one does that leaves all open, and that none can be changed on its way."""

from dataclasses import FrozenInstanceError

import pytest

from tb.player.phase import Phase
from tb.player.play import Player
from tests.tb.designs import Fifo


def test_a_phase_that_asks_for_nothing_lasts_a_cycle() -> None:
    player = Player(Fifo(), backend="amaranth")
    results = player.run([Phase(), Phase(cycles=9), Phase(settle=4), Phase(cycles=3, settle=2)])
    assert [result.cycles for result in results] == [1, 9, 5, 5]
    assert all(result.outputs == {"o": []} and result.at == {"o": []} for result in results)


def test_all_that_a_phase_asks_for_must_hold() -> None:
    player = Player(Fifo(), backend="amaranth")
    tokens = [1, 2, 3]
    alone = {name: player.run([Phase(inputs={"i": tokens}, **asks)])[0].cycles for name, asks in (
        ("expect", {"expect": {"o": 1}}), ("until", {"until": {"o": 3}}), ("cycles", {"cycles": 2}))}  # fmt: skip
    both = player.run([Phase(inputs={"i": tokens}, expect={"o": 1}, until={"o": 3}, cycles=2)])[0]
    assert both.cycles == max(alone.values())
    assert both.outputs["o"] == tokens


def test_a_phase_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        Phase().cycles = 3  # type: ignore[misc]
