# SPDX-License-Identifier: Apache-2.0
"""The judge: right results pass, and each kind of wrong one is named."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from model.config import CoreConfig, DelayUnit
from rtl.delay.unit import delay_unit
from tb.delay.bench import UnitBench
from tb.delay.judge import Judge, WrongOutput, phases
from tb.delay.scenarios import Scenario, builds, random_scenario
from tb.player.phase import PhaseResult
from tb.player.play import Player

CONFIG: CoreConfig = builds(DelayUnit.SCDQ)["odd"]


@cache
def player() -> Player:
    return Player(UnitBench(delay_unit(CONFIG)), backend="amaranth")


@cache
def played() -> tuple[Scenario, list[PhaseResult]]:
    scenario = random_scenario(CONFIG, 3, steps=8)
    return scenario, player().run(phases(player(), CONFIG, scenario))


def judge(results: Sequence[PhaseResult]) -> None:
    scenario = played()[0]
    judge = Judge(player(), CONFIG, scenario)
    before = len(results) - len(scenario.parts)
    judge.before(results[:before])
    for number, result in enumerate(results[before:]):
        judge.part(number, result)


def test_what_the_unit_does_is_right() -> None:
    judge(played()[1])


def without(result: PhaseResult, index: int) -> PhaseResult:
    outputs, at = ({**each} for each in (result.outputs, result.at))
    for each in (outputs, at):
        each["rows"] = [*each["rows"][:index], *each["rows"][index + 1 :]]
    at["row_offers"] = [*at["row_offers"][:index], *at["row_offers"][index + 1 :]]
    return replace(result, outputs=outputs, at=at)


def swapped(result: PhaseResult, index: int) -> PhaseResult:
    rows = list(result.outputs["rows"])
    rows[index], rows[index + 1] = rows[index + 1], rows[index]
    return replace(result, outputs={**result.outputs, "rows": rows})


def late(result: PhaseResult, index: int) -> PhaseResult:
    offers = list(result.at["row_offers"])
    offers[index] += 1
    return replace(result, at={**result.at, "row_offers": offers})


def miscounted(result: PhaseResult, index: int) -> PhaseResult:
    return replace(result, values={**result.values, "lost": result.values["lost"] + 1})


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (without, r"part 0, step \d+: .*, expected source"),
        (swapped, r"part 0, step \d+: .*, expected source"),
        (late, r"part 0, step \d+: source \d+ level \d+ row \d+ on offer in cycle \d+, expected in \d+"),
        (miscounted, r"part 0: lost is \d+, expected \d+"),
    ],
)
def test_what_is_wrong_is_named(wrong: Callable[[PhaseResult, int], PhaseResult], message: str) -> None:
    scenario, results = played()
    place = len(results) - len(scenario.parts)
    rows = [player().unpack("rows", token) for token in results[place].outputs["rows"]]

    def is_row(index: int) -> bool:
        return not (rows[index]["eos"] or rows[index]["flush"])

    candidates: Iterator[Any] = (i for i in range(2, len(rows)) if is_row(i) and is_row(i + 1))
    index = next(candidates)
    with pytest.raises(WrongOutput, match=message):
        judge([*results[:place], wrong(results[place], index), *results[place + 1 :]])
