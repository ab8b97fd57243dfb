# SPDX-License-Identifier: Apache-2.0
"""The synapse engine: every word of every row, in order, in the right slot, one a cycle."""

from functools import cache
from typing import Any

import numpy as np
import pytest

from model.config import CoreConfig, DelayUnit
from tb.player.phase import Phase
from tb.player.play import Backend, Player
from tests.rtl.designs import SynapseBench

PLAIN = CoreConfig(neurons=20, axons=9, delays=5, rows=40, synapse_words=100, lanes=3, weight_bits=5)
CODED = CoreConfig(neurons=6, axons=3, delays=4, rows=30, synapse_words=40, lanes=2, weight_bits=2, codebook=True,
                   delay_unit=DelayUnit.SCDQ)  # fmt: skip


@cache
def player(config: CoreConfig, backend: Backend = "native") -> Player:
    return Player(SynapseBench(config), backend=backend)


def tables(rng: np.random.Generator, config: CoreConfig) -> tuple[list[list[list[tuple[int, int]]]], list[Phase]]:
    """Random rows of words of (weight, target) per lane, and the phase that writes them."""
    play = player(config)
    low, high = (0, 3) if config.codebook else (-16, 15)
    rows: list[list[list[tuple[int, int]]]] = []
    words = 0
    while len(rows) < config.rows and words + config.targets_per_lane <= config.synapse_words:
        count = int(rng.integers(1, config.targets_per_lane + 1))
        rows.append(
            [
                [
                    (int(rng.integers(low, high + 1)), int(rng.integers(config.targets_per_lane)))
                    for _ in range(config.lanes)
                ]
                for _ in range(count)
            ]
        )
        words += count
    entries: list[dict[str, Any]] = []
    stored: list[dict[str, Any]] = []
    for number, row in enumerate(rows):
        entries.append({"address": number, "data": {"start": len(stored), "more": len(row) - 1}})
        for word in row:
            data = [{"weight": w % (1 << config.weight_bits), "target": t} for w, t in word]
            stored.append({"address": len(stored), "data": data})
    writes = {
        "row_table": [play.pack("row_table", entry) for entry in entries],
        "words": [play.pack("words", entry) for entry in stored],
    }
    return rows, [Phase(inputs=writes)]


def expected_adds(rows: Any, steps: list[list[tuple[int, int]]], config: CoreConfig, values: Any) -> list[Any]:
    """What each word adds: slot, and (target, weight) per lane that holds a synapse."""
    adds = []
    for step, sequence in enumerate(steps):
        for row, level in sequence:
            for word in rows[row]:
                lanes = {lane: (t, values[w]) for lane, (w, t) in enumerate(word) if values[w] != 0}
                adds.append(((step + level) % config.slots, lanes))
    return adds


@pytest.mark.parametrize(
    ("config", "backend", "seed", "idle"),
    [
        (PLAIN, "native", 0, 0.0),
        (PLAIN, "native", 1, 0.4),
        (PLAIN, "amaranth", 2, 0.3),
        (CODED, "native", 3, 0.2),
    ],
)
def test_words_of_rows(config: CoreConfig, backend: Backend, seed: int, idle: float) -> None:
    rng = np.random.default_rng(seed)
    rows, phases = tables(rng, config)
    codebook = [0, -128, 127, 5]
    values = dict(enumerate(codebook)) if config.codebook else {w: w for w in range(-16, 16)}
    levels = config.delays if config.slots > 1 else 1
    steps = [
        [(int(rng.integers(len(rows))), int(rng.integers(levels))) for _ in range(rng.integers(0, 30))]
        for _ in range(13)
    ]
    play = player(config, backend)
    tokens = [
        play.pack("rows", token)
        for step in steps
        for token in [*({"row": row, "level": level} for row, level in step), {"eos": 1}]
    ]
    phases.append(
        Phase(inputs={"rows": tokens, "steps": [0] * len(steps)}, settle=20, idle={"rows": idle, "steps": idle})
    )
    coded = sum((value % 256) << 8 * i for i, value in enumerate(codebook)) if config.codebook else 0
    result = play.run([Phase(set={"codebook": coded} if coded else {}), *phases], seed=seed, timeout=20_000)
    seen = []
    for token in result[-1].outputs["added"]:
        word = play.unpack("added", token)
        lanes = {i: (lane["target"], lane["weight"]) for i, lane in enumerate(word["add"]) if lane["valid"]}
        assert word["operations"] == len(lanes)
        seen.append((word["slot"], lanes))
    assert seen == expected_adds(rows, steps, config, values)


def test_no_bubble_between_rows() -> None:
    """Rows that arrive fast enough are issued without a gap, whatever their length."""
    config = PLAIN
    rows, phases = tables(np.random.default_rng(4), config)
    play = player(config)
    tokens = [play.pack("rows", {"row": row}) for row in range(len(rows))]
    result = play.run([*phases, Phase(inputs={"rows": tokens}, settle=100)])[-1]
    at = result.at["added"]
    assert len(at) == sum(map(len, rows))
    assert at[-1] - at[0] == len(at) - 1


def test_nothing_is_issued_between_end_of_step_and_resume() -> None:
    config = PLAIN
    _, phases = tables(np.random.default_rng(5), config)
    play = player(config)
    tokens = [play.pack("rows", token) for token in ({"row": 0}, {"eos": 1}, {"row": 1}, {"row": 2})]
    waiting = play.run([*phases, Phase(inputs={"rows": tokens}, settle=50), Phase(inputs={"steps": [0]}, settle=20)])
    counts = [len(result.outputs["added"]) for result in waiting[-2:]]
    rows = tables(np.random.default_rng(5), config)[0]
    assert counts == [len(rows[0]), len(rows[1]) + len(rows[2])]
