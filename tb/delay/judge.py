# SPDX-License-Identifier: Apache-2.0
"""Plays scenarios through a delay unit and compares what came out with the models, token by token, cycle by cycle."""

from collections import deque
from collections.abc import Sequence
from contextlib import closing
from copy import copy
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import Any

import numpy as np

from model.config import CoreConfig
from model.delay.spec import Holds
from tb.delay.reference import Row
from tb.delay.scenarios import Act, Scenario, limit_of, random_arrivals
from tb.delay.unit import benched
from tb.errors import SimulationError
from tb.player.phase import Phase, PhaseResult
from tb.player.play import Player

SETTLE = 400
"""Cycles after the last end of step was taken; in them it leaves, and so does what the next step sends by itself."""
TIMEOUT = 20_000
"""Cycles after which a part has failed; the longest takes a tenth of it."""
COUNTER = 1 << 32
"""Counters wrap."""


class WrongOutput(SimulationError):
    """What came out of a unit is not what its model says."""


def phases(play: Player, config: CoreConfig, scenario: Scenario) -> list[Phase]:
    """The phases of a scenario: some that empty the unit, one that writes the table, then one for each part."""
    entries = [
        {"address": source, "data": {"mask": sum(1 << level for level in mask), "base": base}}
        for source, (mask, base) in enumerate(zip(scenario.masks, scenario.bases, strict=True))
    ]
    if scenario.reset:
        # Whatever the unit is doing when the reset comes: the table and the capacity are those of the scenario before.
        rng = np.random.default_rng([scenario.seed, 3])
        restless: list[dict[str, Any]] = []
        for _ in range(4):
            restless += [*({"source": source} for source in random_arrivals(rng, config, 0.6)), {"eos": 1}]
        found = [
            Phase(
                inputs={"arrivals": [play.pack("arrivals", token) for token in restless]}, drain=False,
                idle=0.0, stall=0.9, cycles=int(rng.integers(4, 60)), timeout=TIMEOUT,
            ),
            Phase(reset=True, cycles=SETTLE, timeout=TIMEOUT),
        ]  # fmt: skip
    else:
        flush = play.pack("arrivals", {"flush": 1})
        found = [Phase(inputs={"arrivals": [flush]}, expect={"rows": 1}, timeout=TIMEOUT)]
    found += [
        # The capacity may change only when nothing is held.
        Phase(
            inputs={"table": [play.pack("table", entry) for entry in entries]},
            set={"capacity": scenario.capacity, "first_kept": scenario.first_kept,
                 "clear_counters": int(scenario.lost is None)},
            cycles=2, timeout=TIMEOUT,
        ),
    ]  # fmt: skip
    for number, part in enumerate(scenario.parts):
        tokens: list[dict[str, Any]] = [{"flush": 1}] if number == 0 and not scenario.reset else []
        for act in part.acts:
            tokens += [{"source": source} for source in act.arrivals]
            tokens += [{"eos": 1}] * act.eos + [{"flush": 1}] * act.flush
        # How much a flush cuts off is open.
        marks = sum(token.get("flush", 0) for token in tokens)
        ends = sum(act.eos for act in part.acts)
        least = marks if any(act.flush for act in part.acts) else marks + ends
        found.append(
            Phase(
                inputs={"arrivals": [play.pack("arrivals", token) for token in tokens]},
                set={"clear_counters": int(part.clear)}, expect={"rows": least}, timeout=TIMEOUT,
                idle=scenario.idle, stall=scenario.stall, settle=SETTLE,
            )
        )  # fmt: skip
    return found


@dataclass(frozen=True, kw_only=True)
class _Seen:
    """A token of ``rows``, and the cycles in which it was first on offer and taken."""

    text: str
    offered: int
    taken: int


class Judge:
    """Compares the results of a scenario's phases with the model, one after the other."""

    def __init__(self, play: Player, config: CoreConfig, scenario: Scenario) -> None:
        self._play, self._config, self._scenario = play, config, scenario
        bench = benched(config.delay_unit)
        self._model = bench.model(config, scenario.masks, limit_of(config, scenario.capacity))
        self._model.lost = scenario.lost or 0
        self._timing = bench.timing(max(1, scenario.capacity))
        self._tokens: deque[_Seen] = deque()
        self._offers: deque[int] = deque()  # of arrivals, and of rows below
        self._row_offers: deque[int] = deque()
        self._all_acts = [act for part in scenario.parts for act in part.acts]
        self._free = -1  # the cycle in which the bench's own mark was taken

    def before(self, results: Sequence[PhaseResult]) -> None:
        """Judge the phases before the first part. Raises WrongOutput."""
        name = f"{self._scenario.name}, before"
        for result in results[-2:]:
            self._take(result)
        for expected in [] if self._scenario.reset else ["flush"]:
            self._must_be(expected, self._next(), name)
        if self._tokens:
            raise WrongOutput(f"{name}: {self._tokens[0].text} before any arrival")
        # A reset may have come while an arrival or a row was on offer.
        self._offers.clear()
        self._row_offers.clear()
        self._counters_are_right(results[-1], name)

    def part(self, number: int, result: PhaseResult) -> None:
        """Judge what a part did. Raises WrongOutput."""
        name = f"{self._scenario.name}, part {number}"
        part = self._scenario.parts[number]
        self._take(result)
        if number == 0 and not self._scenario.reset:
            mark = self._next()
            self._must_be("flush", mark, name)
            self._offers.popleft()
            self._free = mark.taken if mark else -1
        acts = iter(enumerate(part.acts))
        for place, act in acts:
            where = f"{name}, step {place}"
            if not self._step_is_right(part.acts[place:], where):
                while not act.flush:
                    _, act = next(acts)  # noqa: PLW2901
        # What is held begins to leave before the next step has an arrival.
        rest = [seen.text for seen in self._tokens]
        for row, token in zip_longest(self._rows(copy(self._model).step([]))[: len(rest)], rest):
            if token != row:
                raise WrongOutput(f"{name}: {token} after the last end of step, expected {row or 'nothing'}")
        if part.clear:
            self._model.clear_counters()
        self._counters_are_right(result, name)

    def _take(self, result: PhaseResult) -> None:
        self._offers += result.at["offers"]
        self._row_offers += result.at["row_offers"]
        for token, cycle in zip(result.outputs["rows"], result.at["rows"], strict=True):
            text = _shown(self._play.unpack("rows", token))
            self._tokens.append(_Seen(text=text, offered=self._row_offers.popleft(), taken=cycle))

    def _next(self) -> _Seen | None:
        return self._tokens.popleft() if self._tokens else None

    def _counters_are_right(self, result: PhaseResult, name: str) -> None:
        for counter, value in (("peak", self._model.peak), ("lost", self._model.lost % COUNTER)):
            if result.values[counter] != value:
                raise WrongOutput(f"{name}: {counter} is {result.values[counter]}, expected {value}")

    def _step_is_right(self, acts: Sequence[Act], where: str) -> bool:
        """Judge what the first of ``acts`` sends. False if the mark of the next flush came before all of it."""
        act, model = acts[0], self._model
        peak = model.peak
        expected = self._rows(model.step(act.arrivals)) + ["eos"] * act.eos
        if not any(each.flush for each in self._all_acts):
            self._times_are_right(act, self._take_all(expected, where), where)
            return True
        if act.flush and act.eos:
            expected += self._rows(copy(model).step([]))  # the next step may have begun
        ended = cut = False
        for row in expected:
            token = self._next()
            if token and token.text == "flush" and (act.flush or self._cuts(acts)):
                cut = True
                break
            self._must_be(row, token, where)
            ended |= row == "eos"
        if act.flush or cut:
            if not cut:
                self._must_be("flush", self._next(), where)
            if not ended:
                model.peak = peak
            model.flush()
        return not cut

    def _take_all(self, expected: Sequence[str], where: str) -> list[_Seen]:
        found = []
        for row in expected:
            token = self._next()
            self._must_be(row, token, where)
            found += [token] if token else []
        return found

    def _times_are_right(self, act: Act, seen: Sequence[_Seen], where: str) -> None:
        # An arrival sends at once what is due before there are no more slots.
        rows = [sum(level < self._config.slots for level in self._scenario.masks[source]) for source in act.arrivals]
        offers = [self._offers.popleft() for _ in range(len(rows) + 1)]
        for token, cycle in zip(
            seen, self._timing.step(self._model.visits, rows, offers, [each.taken for each in seen]), strict=True
        ):
            if token.offered != max(cycle, self._free + 1):
                raise WrongOutput(f"{where}: {token.text} on offer in cycle {token.offered}, expected in {cycle}")

    def _cuts(self, acts: Sequence[Act]) -> bool:
        """Whether the next flush may cut the first of ``acts``, which it does not belong to."""
        later = 0
        for act in acts[1:]:
            later += len(act.arrivals) + act.eos
            if act.flush:
                # A unit that holds nothing has three tokens under way; the others take nothing before the end of step
                # has left.
                return later < (3 if self._config.spec.holds is Holds.NOTHING else 1)
        return False

    def _rows(self, rows: Sequence[Row]) -> list[str]:
        masks, bases = self._scenario.masks, self._scenario.bases
        return [
            f"source {source} level {level} row {bases[source] + sum(lower < level for lower in masks[source])}"
            for source, level in rows
        ]

    @staticmethod
    def _must_be(expected: str, seen: _Seen | None, where: str) -> None:
        if seen is None or seen.text != expected:
            raise WrongOutput(f"{where}: {seen.text if seen else 'nothing'}, expected {expected}")


def _shown(token: dict[str, Any]) -> str:
    """A token of ``rows`` in words; the other fields of an end of step or of a mark mean nothing."""
    if token["flush"]:
        return "flush"
    return "eos" if token["eos"] else f"source {token['source']} level {token['level']} row {token['row']}"


class UnitRun:
    """Scenarios as one run of a ``UnitBench``, to be played as often as there are variants of the unit."""

    def __init__(self, play: Player, config: CoreConfig, todo: Sequence[Scenario]) -> None:
        self._play, self._config = play, config
        self._script = [(scenario, phases(play, config, scenario)) for scenario in todo]

    def check(self, *, variant: int = 0, keep: bool = True, seconds: float = 600.0) -> None:
        """Play all, and judge each phase as it ends; ``keep`` and ``seconds`` are those of ``Player.stream``.

        Raises WrongOutput, or SimulationError if the run breaks a rule or hangs.
        """
        played = [phase for _, each in self._script for phase in each]
        if variant:
            played[0] = replace(played[0], set={**played[0].set, "variant": variant})
        with closing(self._play.stream(played, keep=keep, seconds=seconds)) as results:
            for scenario, each in self._script:
                judge = Judge(self._play, self._config, scenario)
                judge.before([next(results) for _ in each[len(scenario.parts) :]])
                for number in range(len(scenario.parts)):
                    judge.part(number, next(results))
