# SPDX-License-Identifier: Apache-2.0
"""The cycle model of the fabric: when each core begins and ends each step, and when each token is on the ring.

Cores are the models of ``model.cost.cycles``, a step at a time. Between them the ring is followed token by token, in
the order of time: an end of step that arrives may let a core begin, and what a core sends is later than that. The host
is taken to offer a token in every cycle, to be ahead of the cores after its first step, and to take every output.
"""

import heapq
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from model.cost.cycles import CycleModel, SampleRun
from model.fabric.bundle import Bundle
from model.fabric.config import FabricConfig
from model.fabric.ending import Ending, last_end
from model.fabric.routes import Routes

HOST = 5
"""Cycles from a token at the host port to the feeder of core 0: chain (1), route table (2), queue (2)."""
OUTBOX = 3
"""Cycles from a spike at the core's output to the ring: its hops are looked up (1), queue (2)."""
HEARD = 3
"""Cycles from a register of the ring to where an end of step counts: route table (2), counted (1)."""


@dataclass(frozen=True, kw_only=True)
class FabricCycles:
    """What a sample costs a fabric; cycles count from the first token of the sample at the host port, which is 0."""

    cycles: int
    """Cycles from the first token of the sample to the last END at the output, both included."""
    begins: tuple[tuple[int, ...], ...]
    """For each core in use and step, the cycle in which the step's first token is offered to the core."""
    ends: tuple[tuple[int, ...], ...]
    """Likewise, the cycle in which the core's end of step enters the ring."""
    synapse_words: tuple[int, ...]
    """Synapse words that each core fetches."""
    ring_tokens: tuple[int, ...]
    """Tokens that each core puts on the ring or passes on."""


class FabricCycleModel:
    """Predicts the cycles of a fabric that holds ``bundle``."""

    def __init__(self, bundle: Bundle, config: FabricConfig) -> None:
        self.config = config
        self.routes = bundle.routes
        self.cores = [CycleModel(image, core) for image, core in zip(bundle.images, config.cores, strict=False)]

    def sample(self, events: Sequence[ArrayLike], spikes: Sequence[Sequence[ArrayLike]]) -> FabricCycles:
        """The cost of a sample.

        ``events[t]``: axons of the network in the order in which the host streams them in step t. ``spikes[c][t]``:
        hardware addresses of the neurons of core c that fire in step t.
        """
        run = _Run(self, [np.asarray(now, np.int64).tolist() for now in events], spikes)
        run.play()
        return run.result()


@dataclass
class _Token:
    """A token that waits for the ring."""

    ready: int
    hops: int
    neuron: int
    """-1: end of step."""


@dataclass
class _Core:
    """A core under way."""

    run: SampleRun
    routes: Routes
    step: int = 0
    """The step that it is at or will begin."""
    working: bool = False
    heard: dict[int, list[int]] = field(default_factory=dict)
    """Of each peer, the cycle from which each of its ends of step counts."""
    inbox: dict[int, list[tuple[int, int]]] = field(default_factory=dict)
    """By step, (cycle, axon) of the spikes of other cores: they are fed in the order in which they come."""
    outbox: deque[_Token] = field(default_factory=deque)
    free: int = 0
    """The first cycle in which the ring can take the next token."""
    due: int | None = None
    """When that is to be tried next."""
    begins: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)

    @property
    def idle(self) -> int:
        """The cycle from which on nothing of its own keeps it from the next step, or END."""
        return self.ends[-1] + 1 if self.ends else 0


class _Run:
    """One sample."""

    def __init__(self, model: FabricCycleModel, events: list[list[int]], spikes: Sequence[Sequence[ArrayLike]]) -> None:
        self.nodes, self.events, self.spikes = model.config.nodes, events, spikes
        self.first = [0]  # the number of the first token of each step in the host's stream
        for now in events:
            self.first.append(self.first[-1] + len(now) + 1)
        self.cores = [_Core(SampleRun(core), routes) for core, routes in zip(model.cores, model.routes, strict=True)]
        for core in self.cores:
            core.heard = {peer: [] for peer in core.routes.senders | core.routes.listeners}
        self.taken: list[set[int]] = [set() for _ in range(self.nodes)]  # cycles in which a register is passed a token
        self.passed = [0] * self.nodes
        self.later: list[tuple[int, int]] = []  # (cycle, core): when its next token may find the ring free

    def play(self) -> None:
        """Follow the tokens until no core has anything to do."""
        for number in range(len(self.cores)):
            self._begin(number)
        while self.later:
            cycle, number = heapq.heappop(self.later)
            core = self.cores[number]
            if cycle != core.due:
                continue  # it was asked for again, sooner
            core.due = None
            token = core.outbox[0]
            if token.hops:
                if cycle in self.taken[number]:
                    self._retry(number, cycle + 1)
                    continue
                self._travel(number, token, cycle)
            core.outbox.popleft()
            core.free = cycle + 1
            if token.neuron < 0:
                core.ends.append(cycle)
                core.step, core.working = core.step + 1, False
                self._begin(number)
            self._retry(number, cycle + 1)

    def _retry(self, number: int, cycle: int) -> None:
        """Try the next token of a core again, not before ``cycle``, if its listeners have room."""
        core = self.cores[number]
        if not core.outbox:
            return
        when = self._counted(core, core.routes.listeners)
        if when is None:
            return
        due = max(cycle, core.outbox[0].ready, core.free, when)
        if core.due is None or due < core.due:
            core.due = due
            heapq.heappush(self.later, (due, number))

    def _counted(self, core: _Core, peers: frozenset[int]) -> int | None:
        """From which cycle on all these peers have completed the step before; None: not known yet."""
        heard = [core.heard[peer] for peer in peers]
        if core.step == 0:
            return 0
        if any(len(each) < core.step for each in heard):
            return None
        return max((each[core.step - 1] for each in heard), default=0)

    def _travel(self, number: int, token: _Token, cycle: int) -> None:
        """A token enters the ring in ``cycle``; it is at each core a cycle later than at the one before."""
        self.passed[number] += 1
        for hop in range(1, token.hops + 1):
            node = (number + hop) % self.nodes
            if hop < token.hops:
                self.taken[node].add(cycle + hop)
                self.passed[node] += 1
            if node >= len(self.cores):
                continue
            core = self.cores[node]
            if token.neuron >= 0:
                axon = core.routes.axon(number, token.neuron)
                if axon >= 0:
                    core.inbox.setdefault(self.cores[number].step + 1, []).append((cycle + hop, axon))
            elif number in core.heard:
                core.heard[number].append(cycle + hop + HEARD)
                if not core.working:
                    self._begin(node)
                self._retry(node, cycle)

    def _begin(self, number: int) -> None:
        """Let a core begin its step, if all is known that it waits for, and play the step."""
        core = self.cores[number]
        if core.working or core.step >= len(self.events):
            return
        complete = self._counted(core, core.routes.senders)
        if complete is None:
            return
        step, host = core.step, len(core.routes.spans) - 1
        come = HOST + number + self.first[step]
        own = [
            (come + place, axon)
            for place, source in enumerate(self.events[step])
            if (axon := core.routes.axon(host, source)) >= 0
        ]
        eos = come + len(self.events[step])
        offered = max(complete, core.idle, own[0][0] if own else eos) + 1
        core.working = True
        core.begins.append(offered)
        axons = [(offered, axon) for _, axon in sorted(core.inbox.pop(step, []))]
        axons += [(max(offered, when), axon) for when, axon in own]
        core.run.pipe.opened = offered + (step > 0)
        sent = core.run.step(axons, max(offered, eos), self.spikes[number][step])
        core.outbox.extend(
            _Token(ready=cycle + OUTBOX, hops=int(core.routes.hops[neuron]), neuron=neuron)
            for cycle, neuron in sent
            if core.routes.hops[neuron]
        )
        core.outbox.append(_Token(ready=core.run.sent_eos + OUTBOX, hops=core.routes.eos_hops, neuron=-1))
        self._retry(number, 0)

    def result(self) -> FabricCycles:
        """What the sample cost."""
        endings = []
        for number, core in enumerate(self.cores):
            model = core.run.model
            complete = self._counted(core, core.routes.senders)
            taken = max(complete or 0, core.idle, HOST + number + self.first[-1]) + 1
            endings.append(Ending(taken=taken, neurons=model.neurons, clear=model.config.accumulators_per_lane))
        return FabricCycles(
            cycles=last_end(endings) + 1,
            begins=tuple(tuple(core.begins) for core in self.cores),
            ends=tuple(tuple(core.ends) for core in self.cores),
            synapse_words=tuple(core.run.pipe.words for core in self.cores),
            ring_tokens=tuple(self.passed),
        )
