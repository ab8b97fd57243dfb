# SPDX-License-Identifier: Apache-2.0
"""A few steps through a delay unit on Amaranth's simulator, for cases that are worked out by hand."""

from collections.abc import Sequence
from functools import cache

from model.config import CoreConfig, DelayUnit
from rtl.delay.unit import delay_unit
from tb.delay.bench import UnitBench
from tb.player.phase import Phase
from tb.player.play import Player

CONFIG = CoreConfig(neurons=3, axons=3, delays=4, rows=24, synapse_words=24, lanes=2, queue_depth=6)
Row = tuple[int, int]
"""Source and level."""


@cache
def player(unit: DelayUnit) -> Player:
    return Player(UnitBench(delay_unit(CONFIG.with_unit(unit, 6))), backend="amaranth")


def played(
    unit: DelayUnit, masks: Sequence[set[int]], steps: Sequence[Sequence[int]], *, settle: int = 60
) -> tuple[list[list[Row]], list[int]]:
    """The rows of each step, each with a number that fits its mask, and how many cycles after the first arrival was
    offered each row and EOS was on offer."""
    play, base, bases = player(unit), 0, []
    for mask in masks:
        bases.append(base)
        base += len(mask)
    table = [
        {"address": source, "data": {"mask": sum(1 << level for level in mask), "base": bases[source]}}
        for source, mask in enumerate(masks)
    ]
    tokens = [token for step in steps for token in [*({"source": source} for source in step), {"eos": 1}]]
    result = play.run(
        [
            Phase(
                inputs={"table": [play.pack("table", entry) for entry in table]}, set={"capacity": 6, "first_kept": 0}
            ),
            Phase(inputs={"arrivals": [play.pack("arrivals", token) for token in tokens]}, settle=settle),
        ]
    )[1]
    rows: list[list[Row]] = [[]]
    for token in result.outputs["rows"]:
        row = play.unpack("rows", token)
        if row["eos"]:
            rows.append([])
            continue
        source, level = row["source"], row["level"]
        assert row["row"] == bases[source] + sum(lower < level for lower in masks[source])
        rows[-1].append((source, level))
    first = result.at["offers"][0]
    return rows[: len(steps)], [cycle - first for cycle in result.at["row_offers"]]
