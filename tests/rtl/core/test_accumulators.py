# SPDX-License-Identifier: Apache-2.0
"""The accumulator bank: read-modify-write without hazards, consumption, clearing."""

from functools import cache

import numpy as np
import pytest

from model.config import CoreConfig
from tb.errors import SimulationError
from tb.player.phase import Phase
from tb.player.play import Backend, Player
from tests.rtl.designs import AccumulatorBench

CONFIG = CoreConfig(neurons=8, axons=1, delays=3, rows=24, synapse_words=24, lanes=3, accumulator_bits=12)


@cache
def player(backend: Backend) -> Player:
    return Player(AccumulatorBench(CONFIG), backend=backend)


def word(slot: int, adds: dict[int, tuple[int, int]]) -> dict[str, object]:
    """An operation that adds weight to target, per lane."""
    add = [{"valid": lane in adds, "target": adds.get(lane, (0, 0))[0], "weight": adds.get(lane, (0, 0))[1]}
           for lane in range(CONFIG.lanes)]  # fmt: skip
    return {"slot": slot, "add": add}


CLEAR: list[dict[str, object]] = [
    {"clear": 1, "address": address} for address in range(CONFIG.slots << CONFIG.target_bits)
]


@pytest.mark.parametrize(("backend", "idle"), [("native", 0.0), ("native", 0.5), ("amaranth", 0.2)])
def test_adds_are_never_lost(backend: Backend, idle: float) -> None:
    """Few targets, so that most words hit what one of the three before still writes."""
    rng = np.random.default_rng(1)
    play = player(backend)
    sums = np.zeros((CONFIG.slots, CONFIG.lanes, 3), int)
    operations: list[dict[str, object]] = [*CLEAR]
    expected = []
    for _ in range(20):
        for _ in range(int(rng.integers(1, 12))):
            slot = int(rng.integers(2))
            adds = {
                lane: (int(rng.integers(2)), int(rng.integers(-128, 128)))
                for lane in range(CONFIG.lanes)
                if rng.random() < 0.8
            }
            for lane, (target, weight) in adds.items():
                if abs(sums[slot, lane, target] + weight) > 2000:
                    adds[lane] = (target, 0)
                    weight = 0  # noqa: PLW2901
                sums[slot, lane, target] += weight
            operations.append(word(slot, adds))
        operations.append({})
        for slot, lane, index in [tuple(rng.integers((2, 3, 2)).tolist()) for _ in range(4)]:
            operations += [{"consume": 1, "slot": slot, "lane": lane, "index": index}, {}, {}, {}]
            expected.append(int(sums[slot, lane, index]))
            sums[slot, lane, index] = 0
    result = play.run(
        [Phase(inputs={"operations": [play.pack("operations", op) for op in operations]}, settle=4)], idle=idle
    )[0]
    assert [play.unpack("consumed", token) for token in result.outputs["consumed"]] == expected


def test_consumed_is_clear() -> None:
    play = player("native")
    consume = {"consume": 1, "slot": 2, "lane": 1, "index": 2}
    operations = [*CLEAR, word(2, {1: (2, 77)}), {}, *[consume, {}, {}, {}] * 3]
    result = play.run([Phase(inputs={"operations": [play.pack("operations", op) for op in operations]}, settle=4)])[0]
    assert [play.unpack("consumed", token) for token in result.outputs["consumed"]] == [77, 0, 0]


def test_wrap_is_asserted() -> None:
    play = player("native")
    operations = [*CLEAR, *[word(0, {0: (0, 127)})] * 17]
    with pytest.raises(SimulationError, match="accumulator of lane 0 address 0 wraps at 2159"):
        play.run([Phase(inputs={"operations": [play.pack("operations", op) for op in operations]}, settle=4)])
