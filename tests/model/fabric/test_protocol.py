# SPDX-License-Identifier: Apache-2.0
"""The rules by which cores go on, in every order of events: nothing is mixed up, and nobody waits for ever.

A fabric is taken apart into the least that its rules speak of: for each core, the steps that it has completed, whether
it is at work, whether its spikes of the step have left; for each pair, the tokens on their way, in order. Every order
in which cores and tokens can move is followed. Rules that are left out on purpose show that the check sees them.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import product
from typing import TypeVar

import pytest

T = TypeVar("T")
Pair = tuple[int, int]
STEPS = 4


@dataclass(frozen=True)
class Rules:
    """The rules of docs/multicore.md, each of which a test can leave out."""

    wait_for_senders: bool = True
    wait_for_listeners: bool = True
    own_eos_first: bool = True
    halves: int = 2


@dataclass(frozen=True)
class State:
    """Where all cores and tokens are. A spike stands for all of a step: they move together or not at all."""

    completed: tuple[int, ...]
    begun: tuple[int, ...]
    """The step that each core has begun last; -1: none."""
    spikes: tuple[int, ...]
    """The last step of which each core's spikes have entered the ring; -1: none."""
    moving: tuple[tuple[tuple[str, int], ...], ...]
    """For each pair, (what, step) of the tokens on their way."""
    heard: tuple[int, ...]
    """For each pair, the ends of step that have arrived."""
    inbox: tuple[tuple[int, ...], ...]
    """For each pair, the step for which each half holds spikes that have not been taken; -1: none."""


class Wrong(Exception):
    """A spike in the wrong step, or a wait without end."""


@dataclass
class Fabric:
    """All orders of events of cores that hear each other along ``pairs`` (sender, listener)."""

    cores: int
    pairs: tuple[Pair, ...]
    rules: Rules = field(default_factory=Rules)

    def __post_init__(self) -> None:
        # Ends of step go to senders, too.
        self.links = tuple(sorted({*self.pairs, *((b, a) for a, b in self.pairs)}))
        self.at = {pair: place for place, pair in enumerate(self.links)}

    def start(self) -> State:
        count = len(self.links)
        empty = (-1,) * self.rules.halves
        return State((0,) * self.cores, (-1,) * self.cores, (-1,) * self.cores, ((),) * count, (0,) * count,
                     (empty,) * count)  # fmt: skip

    def next(self, state: State) -> Iterator[State]:
        """Every state that can come next. Raises Wrong."""
        for core in range(self.cores):
            yield from self._core(state, core)
        for pair, place in self.at.items():
            if state.moving[place]:
                yield self._arrive(state, pair, place)

    def _core(self, state: State, core: int) -> Iterator[State]:
        done = state.completed[core]
        senders = [self.at[pair] for pair in self.pairs if pair[1] == core]
        listeners = [self.at[listener, core] for sender, listener in self.pairs if sender == core]
        ready = all(state.heard[place] >= done for place in senders) or not self.rules.wait_for_senders
        idle = state.begun[core] < done
        if idle and ready and done < STEPS:
            yield self._begin(state, core, done, senders)
        room = all(state.heard[place] >= done for place in listeners) or not self.rules.wait_for_listeners
        if state.begun[core] == done and state.spikes[core] < done and room:
            yield self._send(state, core, ("spikes", done), spikes=_set(state.spikes, core, done))
        eos_may_go = state.spikes[core] == done or not self.rules.own_eos_first
        if state.begun[core] == done and eos_may_go and (room or not self.rules.own_eos_first):
            yield self._send(state, core, ("eos", done), completed=_set(state.completed, core, done + 1))

    def _begin(self, state: State, core: int, step: int, senders: list[int]) -> State:
        """The core takes the spikes of its step, which must be all that were sent in the step before."""
        inbox = list(state.inbox)
        half = step % self.rules.halves
        for place in senders:
            if step > 0 and inbox[place][half] != step:
                raise Wrong(f"core {core} begins step {step} with spikes for {inbox[place][half]}")
            inbox[place] = _set(inbox[place], half, -1)
        return replace(state, begun=_set(state.begun, core, step), inbox=tuple(inbox))

    def _send(self, state: State, core: int, token: tuple[str, int], **changes: tuple[int, ...]) -> State:
        moving = list(state.moving)
        for (sender, _), place in self.at.items():
            if sender == core:
                moving[place] = (*moving[place], token)
        return replace(state, moving=tuple(moving), **changes)  # type: ignore[arg-type]

    def _arrive(self, state: State, pair: Pair, place: int) -> State:
        (what, step), *rest = state.moving[place]
        moving = _set(state.moving, place, tuple(rest))
        if what == "eos":
            return replace(state, moving=moving, heard=_set(state.heard, place, step + 1))
        if pair not in self.pairs:
            return replace(state, moving=moving)
        # The half by how far the sender is ahead, as far as the receiver knows.
        target = state.heard[place] + 1
        half = target % self.rules.halves
        if state.inbox[place][half] != -1:
            raise Wrong(f"spikes for step {target} come where those for {state.inbox[place][half]} are")
        if state.begun[pair[1]] >= target:
            raise Wrong(f"spikes for step {target} come after it has begun")
        inbox = _set(state.inbox, place, _set(state.inbox[place], half, target))
        return replace(state, moving=moving, inbox=inbox)

    def explore(self) -> int:
        """Follow every order; returns the number of states. Raises Wrong."""
        seen, todo = {self.start()}, [self.start()]
        while todo:
            state = todo.pop()
            following = list(self.next(state))
            if not following and state.completed != (STEPS,) * self.cores:
                raise Wrong(f"nobody can go on: {state.completed} steps completed")
            for each in following:
                if each not in seen:
                    seen.add(each)
                    todo.append(each)
        return len(seen)


def _set(values: tuple[T, ...], place: int, value: T) -> tuple[T, ...]:
    return (*values[:place], value, *values[place + 1 :])


ALL_TO_ALL = tuple((a, b) for a, b in product(range(3), repeat=2) if a != b)
FABRICS = {
    "two layers": (2, ((0, 1),)),
    "a loop of two": (2, ((0, 1), (1, 0))),
    "three layers": (3, ((0, 1), (1, 2))),
    "a fork": (3, ((0, 1), (0, 2))),
    "a join": (3, ((0, 2), (1, 2))),
    "a skip": (3, ((0, 1), (1, 2), (0, 2))),
    "a loop of three": (3, ((0, 1), (1, 2), (2, 0))),
    "everybody hears everybody": (3, ALL_TO_ALL),
    "cores that hear nobody": (3, ()),
}


@pytest.mark.parametrize("name", FABRICS)
def test_every_order_ends_with_all_steps_and_no_spike_elsewhere(name: str) -> None:
    cores, pairs = FABRICS[name]
    assert Fabric(cores, pairs).explore() > STEPS


BROKEN = {
    "begins without its senders": (Rules(wait_for_senders=False), "begins step 1 with spikes for -1"),
    "sends without room": (Rules(wait_for_listeners=False), "come where those for"),
    "ends a step before its spikes": (Rules(own_eos_first=False), "begins step 1 with spikes for -1"),
    "one half": (Rules(halves=1), "come where those for|with spikes for"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_rule_that_is_left_out_is_seen(name: str) -> None:
    rules, message = BROKEN[name]
    with pytest.raises(Wrong, match=message):
        Fabric(2, ((0, 1),), rules).explore()
