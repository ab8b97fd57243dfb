# SPDX-License-Identifier: Apache-2.0
"""The bench of a delay unit: a flush is a token, and every offer is seen."""

from functools import cache
from typing import Any

from model.config import preset
from rtl.delay.unit import delay_unit
from tb.delay.bench import UnitBench
from tb.player.phase import Phase, PhaseResult
from tb.player.play import Player

CONFIG = preset("tiny", delay_unit="ring")


@cache
def player() -> Player:
    return Player(UnitBench(delay_unit(CONFIG)), backend="amaranth")


def play(tokens: list[dict[str, Any]], *, stall: float = 0.0, settle: int = 20) -> PhaseResult:
    """What comes out of a ring whose source s has levels 0 to 3 and rows from 4 s on."""
    table = [{"address": source, "data": {"mask": 15, "base": 4 * source}} for source in range(CONFIG.sources)]
    packed = [player().pack("arrivals", token) for token in tokens]
    return player().run(
        [
            Phase(inputs={"table": [player().pack("table", entry) for entry in table]}),
            Phase(inputs={"arrivals": packed}, settle=settle),
        ],
        stall=stall,
    )[1]


def rows(result: PhaseResult) -> list[tuple[int, ...]]:
    """The answers: (source, level, row), (-1,) for EOS, (-2,) for the mark of a flush."""
    found: list[tuple[int, ...]] = []
    for token in result.outputs["rows"]:
        row = player().unpack("rows", token)
        special = -2 if row["flush"] else -1
        found.append((special,) if row["flush"] or row["eos"] else (row["source"], row["level"], row["row"]))
    return found


def test_rows_go_through_unchanged() -> None:
    result = play([{"source": 2}, {"eos": 1}])
    assert rows(result) == [*((2, level, 8 + level) for level in range(4)), (-1,)]


def test_a_flush_drops_what_is_under_way_and_leaves_a_mark() -> None:
    result = play([{"source": 2}, {"flush": 1}, {"source": 1}, {"eos": 1}], settle=40)
    found = rows(result)
    cut = found.index((-2,))
    assert found[:cut] == [(2, level, 8 + level) for level in range(cut)]
    assert cut < 4
    assert found[cut + 1 :] == [*((1, level, 4 + level) for level in range(4)), (-1,)]


def test_an_offer_is_recorded_once_when_it_begins() -> None:
    result = play([{"source": 2}, {"source": 3}, {"eos": 1}], stall=0.7, settle=120)
    for tokens, offers in (("rows", "row_offers"),):
        taken, offered = result.at[tokens], result.at[offers]
        assert len(taken) == len(offered) == 9
        assert all(offer <= take for offer, take in zip(offered, taken, strict=True))
        assert any(offer < take for offer, take in zip(offered, taken, strict=True))
        assert all(take < offer for take, offer in zip(taken, offered[1:], strict=False))
    assert len(result.at["offers"]) == 3
