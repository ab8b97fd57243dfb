# SPDX-License-Identifier: Apache-2.0
"""The search for a placement: no limit exceeded, then the busiest core, then hops x spikes on the ring."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from model.mapping.cluster import clustered
from model.mapping.demand import Demand, FloatArray, Room, Task, excess
from model.mapping.order import best_order
from model.mapping.partition import dealt, evenly
from model.mapping.state import Move, State
from model.network import IntArray

SLACK = 0.02
"""By how much traffic may raise the work of the busiest core above the least that was found."""
SMALL = 1 << 19
"""Synapses up to which a search is thorough unless it is told."""
_NEAR = 6
"""Candidates for each neuron."""
_SWEEPS = {True: 8, False: 1}
"""Sweeps over all neurons of each phase at most, of a thorough search and of a short one."""
_EVEN, _PEAK = 2, 16
"""Powers of work whose sum is brought down: first that of all cores, which saves words, then the busiest one's."""

Goal = Callable[[State, Move], FloatArray]


@dataclass(frozen=True, kw_only=True)
class Found:
    """A placement and what it asks of the cores."""

    placement: IntArray
    """The core of each neuron, shape (neurons,)."""
    demand: Demand
    excess: float
    """All that is above a limit, as shares of the limits; 0: it fits, as far as is known before the layout."""

    @property
    def key(self) -> tuple[float, float, float]:
        """What is compared, the less the better."""
        return round(self.excess, 9), round(float(self.demand.work.max()), 6), round(self.demand.traffic, 6)


def search(task: Task, cores: int, *, nodes: int | None = None, room: Room | None = None, seed: int = 0,
           thorough: bool | None = None) -> Found:  # fmt: skip
    """The best placement found for so many cores, on a ring of ``nodes`` (None: as many).

    Never worse than neurons dealt out in turn: not busier where both fit, and at equal work with no more traffic. The
    same for the same seed. ``thorough``: every start is followed to its end, else the most promising alone, each sweep
    once (None: up to ``SMALL`` synapses). What does not fit has an ``excess`` above 0, for ``model.mapping.refusal`` to
    explain. Raises InputError for less than one core and for more cores than neurons.
    """
    network, room = task.network, room or Room()
    nodes = cores if nodes is None else nodes
    rng = np.random.default_rng(seed)
    plain = judged(task, dealt(network, cores), nodes, room)
    starts = [plain, *(judged(task, made, nodes, room)
                       for made in (evenly(network, cores), clustered(task, cores, rng)))]  # fmt: skip
    if cores == 1:
        return plain
    tried = sorted(starts, key=lambda found: found.key)
    if thorough is None:
        thorough = network.synapses <= SMALL
    sweeps = _SWEEPS[thorough]
    ended = [_descent(State(task, start.placement, cores, nodes, room), rng, sweeps)
             for start in (tried if thorough else tried[:1])]  # fmt: skip
    return _best([*ended, *starts], plain)


def _best(found: Sequence[Found], plain: Found) -> Found:
    """Of those with the least excess, and about the least work on the busiest core: that with the least traffic.

    Never busier than ``plain`` unless that does not fit; as busy with less traffic, or it is ``plain`` itself.
    """
    least = min(each.key[0] for each in found)
    fitting = [each for each in found if each.key[0] <= least]
    cap = min(each.key[1] for each in fitting) * (1 + SLACK)
    if plain.key[0] <= least:
        cap = min(cap, plain.key[1])
    return min((each for each in fitting if each.key[1] <= cap), key=lambda each: (each.key[2], each.key[1]))


def judged(task: Task, placement: IntArray, nodes: int, room: Room) -> Found:
    """A placement with what it asks of the cores."""
    demand = task.demand(placement, int(placement.max()) + 1, nodes)
    return Found(placement=placement, demand=demand, excess=float(excess(demand.use, room).sum()))


def _descent(state: State, rng: np.random.Generator, sweeps: int) -> Found:
    """Moves of single neurons, for balance first, then for traffic where balance allows."""
    task, cores, nodes, room = state.task, state.cores, state.nodes, state.room
    for power in (_EVEN, _PEAK):
        for _ in range(sweeps):
            if not _sweep(state, rng, partial(_balance, power=power)):
                break
    balanced = judged(task, state.placement, nodes, room)
    # Which core is where on the ring changes nothing but traffic.
    placement = best_order(task, state.placement, cores, nodes, rng)
    state = State(task, placement, cores, nodes, room)
    cap = max(float(state.work.max()), float(balanced.demand.work.max())) * (1 + SLACK)
    for _ in range(sweeps):
        if not _sweep(state, rng, partial(_traffic, cap=cap)):
            break
    return judged(task, state.placement, nodes, room)


def _sweep(state: State, rng: np.random.Generator, goal: Goal) -> bool:
    """Try each neuron once, in random order; whether any was moved."""
    moved = 0
    for neuron in rng.permutation(state.task.neurons).tolist():
        if state.use[0, state.home[state.task.network.axons + neuron]] <= 1:
            continue
        move = state.weigh(neuron, state.near(neuron, _NEAR))
        gain = goal(state, move)
        best = int(gain.argmin())
        if gain[best] < -1e-12:
            state.apply(move, best)
            moved += 1
    return moved > state.task.neurons // 500


_WALL = 1e12
"""Weight of what is above a limit against all else."""


def _balance(state: State, move: Move, power: int) -> FloatArray:
    """Change of the sum of a power of work, in units of the most; to be the lower the more work is spread."""
    most = float(state.work.max())
    here = state.work[state.home[state.task.network.axons + move.neuron]] / most
    there = state.work[move.cores] / most
    change = (here - move.work_here / most) ** power - here**power + (there + move.work / most) ** power - there**power
    return _walled(move, change)


def _traffic(state: State, move: Move, cap: float) -> FloatArray:
    """Change of the traffic, for moves that leave no core with more work than ``cap``."""
    high = state.work[move.cores] + move.work > cap
    return _walled(move, np.where(high & (move.excess >= 0), np.inf, move.traffic))


def _walled(move: Move, change: FloatArray) -> FloatArray:
    above = np.where(np.abs(move.excess) < 1e-12, 0, move.excess)
    return np.where(above > 0, np.inf, change + _WALL * above)
