# SPDX-License-Identifier: Apache-2.0
"""What to say of a network that does not fit: the limit, the core, the need, the room, and the nearest build."""

import math

import numpy as np

from model import limits
from model.bounds import arrival_bounds, signed_bits
from model.mapping.cluster import clustered
from model.mapping.demand import USE, FloatArray, Room, Task
from model.mapping.partition import dealt
from model.mapping.search import Found, judged, search
from support.errors import InputError

_SEARCHED = 1 << 13
"""Synapses up to which more cores are searched; of larger networks the starts of the search are looked at."""


def check_widths(task: Task, room: Room) -> None:
    """Raises InputError, naming the neuron, if some sum of weights needs a wider accumulator: no placement helps."""
    low, high = arrival_bounds(task.network)
    bits = signed_bits(int(low.min()), int(high.max()))
    if bits > room.accumulator_bits:
        neuron = int(np.argmax(np.maximum(-low, high)))
        raise InputError(
            f"{_name(task)} does not fit: accumulator_bits: neuron {neuron} needs {bits}, the cores have "
            f"{room.accumulator_bits}, on any core; nearest build: accumulator_bits of {bits}"
        )


def check_room(task: Task, use: FloatArray, room: Room, *, seed: int = 0) -> None:
    """Raises InputError if ``use``, shape (5, cores), is above a limit: each limit with its neediest core.

    The nearest builds come with it: with these limits and more cores (searched), or as many with higher limits.
    """
    over = []
    for name, need in zip(USE, use, strict=True):
        limit, core = getattr(room, name), int(need.argmax())
        if need[core] > limit:
            over.append(f"core {core}: {name}: needs {math.ceil(need[core])}, room for {limit}")
    if not over:
        return
    cores = use.shape[1]
    larger = [
        f"{name} of {math.ceil(need.max())}"
        for name, need in zip(USE, use, strict=True)
        if need.max() > getattr(room, name)
    ]
    builds = [f"{_cores(cores)} with {', '.join(larger)}"]
    more = more_cores(task, cores, room, seed=seed)
    if more is not None:
        builds.insert(0, f"{_cores(more)} with these limits")
    raise InputError(
        f"{_name(task)} does not fit {_cores(cores)}: {'; '.join(over)}; nearest build: {', or '.join(builds)}"
    )


def more_cores(task: Task, cores: int, room: Room, *, seed: int = 0) -> int | None:
    """The fewest of the numbers of cores tried above ``cores`` for which a placement fits; None: of none up to 64."""
    most = min(limits.NODES.high, task.neurons)
    # No number of cores holds more than all of its memories.
    total = task.demand(np.zeros(task.neurons, np.int64), 1, 1).use[:, 0]
    least = max(cores + 1, *(-(-int(need) // getattr(room, name)) for name, need in
                             zip(USE, total, strict=True) if name in {"neurons", "rows", "synapse_words"}))  # fmt: skip
    while least <= most:
        if _quick(task, least, room, seed).excess == 0:
            return least
        least = most if least < most < least * 5 // 4 + 1 else least * 5 // 4 + (least < 4)
    return None


def _quick(task: Task, cores: int, room: Room, seed: int) -> Found:
    if task.network.synapses <= _SEARCHED:
        return search(task, cores, room=room, seed=seed)
    starts = (dealt(task.network, cores), clustered(task, cores, np.random.default_rng(seed)))
    return min((judged(task, start, cores, room) for start in starts), key=lambda found: found.key)


def _cores(count: int) -> str:
    return f"{count} core{'s' if count > 1 else ''}"


def _name(task: Task) -> str:
    return f"network {task.network.name!r}" if task.network.name else "network"
