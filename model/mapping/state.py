# SPDX-License-Identifier: Apache-2.0
"""A placement that changes neuron by neuron: what each move would do to use, work and traffic, without a recount."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.mapping.demand import FloatArray, Room, Task, excess
from model.network import IntArray

_PART = 1 << 20
"""Synapses that are counted at a time."""


@dataclass(frozen=True, kw_only=True)
class Move:
    """A neuron to each of some cores."""

    neuron: int
    cores: IntArray
    """The candidates, shape (c,), none the core that has the neuron."""
    work_here: float
    """Work that its core loses."""
    work: FloatArray
    """Work that each candidate gains, shape (c,)."""
    use_here: FloatArray
    """Change of the use of its core, shape (5,)."""
    use: FloatArray
    """Change of the use of each candidate, shape (5, c)."""
    traffic: FloatArray
    """Change of the traffic, shape (c,)."""
    excess: FloatArray
    """Change of all that is above a limit, shape (c,)."""
    hops: IntArray
    """Hops of each neuron that the neuron hears, then of itself, afterwards: shape (heard + 1, c)."""


class State:
    """A placement, and what it asks of the cores of a ring of ``nodes``."""

    def __init__(self, task: Task, placement: IntArray, cores: int, nodes: int, room: Room) -> None:
        self.task, self.cores, self.nodes, self.room = task, cores, nodes, room
        network, axons = task.network, task.network.axons
        demand = task.demand(placement, cores, nodes)
        self.use, self.work, self.traffic = demand.use, demand.work, demand.traffic
        self.home = np.concatenate([np.full(axons, -1), placement]).astype(np.int64)
        """The core of each source; -1: an axon of the network."""
        core = placement[network.target]
        rows = len(task.row_source)
        fullest = int(np.bincount(task.row, minlength=1).max(initial=0))
        self._rows: NDArray[np.integer] = np.zeros((rows, cores), np.uint16 if fullest < 1 << 16 else np.int64)
        self._sources = np.zeros((len(self.home), cores), np.int32)
        for first in range(0, network.synapses, _PART):
            part = slice(first, first + _PART)
            for table, of in ((self._rows, task.row[part]), (self._sources, network.source[part])):
                here = slice(int(of[0]), int(of[-1]) + 1)
                count = np.bincount((of - of[0]) * cores + core[part], minlength=(here.stop - here.start) * cores)
                table[here] += count.reshape(-1, cores).astype(table.dtype)
        order = np.argsort(network.target, kind="stable")
        target, source = network.target[order], network.source[order]
        self._row_of = task.row[order]
        self._row_bounds = np.searchsorted(target, np.arange(task.neurons + 1))
        # Of each target its sources once, and how many synapses each has.
        new = np.ones(len(order), np.bool_)
        new[1:] = (np.diff(target) != 0) | (np.diff(source) != 0)
        starts = np.flatnonzero(new)
        self._source_of, self._times = source[starts], np.diff(starts, append=len(order)).astype(np.int32)
        self._source_bounds = np.searchsorted(target[starts], np.arange(task.neurons + 1))
        self._row_rate = task.rate[task.row_source]
        self.hops = np.zeros(task.neurons, np.int64)
        away = (np.arange(cores) - placement[:, None]) % nodes
        self.hops[:] = np.where(self._sources[axons:] > 0, away, 0).max(1, initial=0)

    @property
    def placement(self) -> IntArray:
        """The core of each neuron, shape (neurons,)."""
        return self.home[self.task.network.axons :].copy()

    def near(self, neuron: int, most: int) -> IntArray:
        """Up to ``most`` other cores that have most of what the neuron hears or is heard by, and the idlest one."""
        axons, mine = self.task.network.axons, self.home[self.task.network.axons + neuron]
        if self.cores <= most + 1:
            return np.delete(np.arange(self.cores), mine)
        heard = self._source_of[self._source_bounds[neuron] : self._source_bounds[neuron + 1]]
        there = self.home[heard]
        ties = np.bincount(there[there >= 0], minlength=self.cores) + self._sources[axons + neuron]
        if not (there >= 0).all():
            ties = ties + (self._sources[heard[there < 0]] > 0).sum(0)
        ties[mine] = -1
        ties[np.argmin(self.work)] += 1 << 40
        ties[mine] = -1
        return np.argpartition(-ties, most)[:most]

    def weigh(self, neuron: int, cores: IntArray) -> Move:
        """What moving a neuron to each of ``cores``, none of them its own, would do."""
        task, axons, nodes = self.task, self.task.network.axons, self.nodes
        here = int(self.home[axons + neuron])
        rows = self._row_of[self._row_bounds[neuron] : self._row_bounds[neuron + 1]]
        rate = self._row_rate[rows]
        mine, theirs = self._rows[rows, here], self._rows[rows[:, None], cores]
        last, first = (mine - 1) % task.lanes == 0, theirs % task.lanes == 0
        part = slice(self._source_bounds[neuron], self._source_bounds[neuron + 1])
        heard, times = self._source_of[part], self._times[part]
        other = heard != axons + neuron
        own = int(times[~other].sum())
        heard, times = heard[other], times[other]
        home = self.home[heard]
        gone = self._sources[heard, here] == times
        new = self._sources[heard[:, None], cores] == 0
        listeners = self._sources[axons + neuron].copy()
        listeners[here] -= own
        use_here = np.array([-1.0, int(listeners[here] > 0) - np.count_nonzero(gone & (home != here)),
                             -np.count_nonzero(mine == 1), -np.count_nonzero(last), 0])  # fmt: skip
        use = np.empty((5, len(cores)))
        use[0] = 1
        use[1] = np.count_nonzero(new & (home[:, None] != cores), axis=0) - (listeners[cores] > 0)
        use[2], use[3] = np.count_nonzero(theirs == 0, axis=0), np.count_nonzero(first, axis=0)
        use_here[4], use[4] = task.bytes_of[:4] @ use_here[:4], task.bytes_of[:4] @ use[:4]

        fires = home >= 0
        senders, at = heard[fires] - axons, home[fires]
        before = self.hops[senders]
        far = before.copy()
        lost = np.flatnonzero(gone[fires] & (before > 0) & ((here - at) % nodes == before))
        if len(lost):
            still = self._sources[axons + senders[lost]] > 0
            still[:, here] = False
            far[lost] = np.where(still, (np.arange(self.cores) - at[lost, None]) % nodes, 0).max(1)
        after = np.maximum(far[:, None], (cores - at[:, None]) % nodes)
        reached = np.flatnonzero(listeners > 0)
        alone = ((reached[:, None] - cores) % nodes).max(0, initial=0)
        traffic = task.rate[axons + senders] @ (after - before[:, None]) + task.rate[axons + neuron] * (
            alone - self.hops[neuron]
        )
        above = excess(np.stack([self.use[:, here], self.use[:, here] + use_here], 1), self.room).sum(0)
        there = self.use[:, cores]
        beyond = excess(there + use, self.room).sum(0) - excess(there, self.room).sum(0)
        return Move(
            neuron=neuron, cores=cores, work_here=1 + float(rate @ last), work=1 + rate @ first, use_here=use_here,
            use=use, traffic=traffic, excess=beyond + above[1] - above[0],
            hops=np.concatenate([after, alone[None]]),
        )  # fmt: skip

    def apply(self, move: Move, chosen: int) -> None:
        """Move a neuron to the candidate ``chosen`` of what was weighed, with nothing moved in between."""
        neuron, axons, there = move.neuron, self.task.network.axons, int(move.cores[chosen])
        here = int(self.home[axons + neuron])
        rows = self._row_of[self._row_bounds[neuron] : self._row_bounds[neuron + 1]]
        self._rows[rows, here] -= 1
        self._rows[rows, there] += 1
        part = slice(self._source_bounds[neuron], self._source_bounds[neuron + 1])
        heard, times = self._source_of[part], self._times[part]
        self._sources[heard, here] -= times
        self._sources[heard, there] += times
        senders = heard[(heard >= axons) & (heard != axons + neuron)] - axons
        self.hops[senders], self.hops[neuron] = move.hops[:-1, chosen], move.hops[-1, chosen]
        self.home[axons + neuron] = there
        self.use[:, here] += move.use_here
        self.use[:, there] += move.use[:, chosen]
        self.work[here] -= move.work_here
        self.work[there] += move.work[chosen]
        self.traffic += float(move.traffic[chosen])
