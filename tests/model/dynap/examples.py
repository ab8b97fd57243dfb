# SPDX-License-Identifier: Apache-2.0
"""Mixed-signal networks that the tests of this folder share."""

from dataclasses import replace
from typing import Any

import numpy as np

from model.dynap.chip import BASE, BIASES, DYNAP_SE2, KINDS, Chip
from model.dynap.network import AnalogNetwork
from model.imperfect.codes import MASKS

SMALL = Chip(chips=2, cores=2, neurons=8, synapses=6, destinations=2, tags=12)
"""A board whose limits small networks reach."""


def biases(rng: np.random.Generator, board: Chip = DYNAP_SE2, *, base: bool = True) -> dict[str, float]:
    """Currents that the board makes."""
    names = (*BIASES, *BASE) if base else BIASES
    found = {
        name: board.current((int(rng.integers(len(board.ranges))), int(rng.integers(1, board.fine + 1))))
        for name in names
    }
    # Ascending, as rounding leaves base weights.
    return found | dict(zip(BASE, sorted(found[name] for name in BASE), strict=True)) if base else found


def random_network(seed: int, board: Chip = SMALL) -> AnalogNetwork:
    """A network that the board holds exactly: some groups, any kinds, often several synapses of a pair."""
    rng = np.random.default_rng(seed)
    groups = int(rng.integers(1, board.all_cores + 1))
    neurons = int(rng.integers(groups, groups * board.neurons * 3 // 4 + 1))
    # One core a group.
    group = np.sort(np.concatenate([np.arange(groups), rng.integers(0, groups, neurons - groups)]))
    while np.bincount(group).max() > board.neurons:
        group = np.sort(np.concatenate([np.arange(groups), rng.integers(0, groups, neurons - groups)]))
    group = rng.permutation(group)
    channels = int(rng.integers(1, 5))
    # Few sources a group, so that tags last.
    sources = [rng.choice(channels + neurons, min(channels + neurons, board.tags // 2), replace=False)
               for _ in range(groups)]  # fmt: skip
    count = rng.integers(0, board.synapses + 1, neurons)
    target = np.repeat(np.arange(neurons), count)
    source = np.array([rng.choice(sources[group[each]]) for each in target], np.int64)
    made = tuple(biases(rng, board) for _ in range(groups))
    mask = rng.integers(1, 16, len(target))
    levels = np.array([MASKS @ np.array([each[name] for name in BASE]) for each in made])
    return AnalogNetwork(
        name=f"random {seed}", channels=channels, group=group, biases=made, source=source, target=target,
        kind=rng.integers(0, len(KINDS), len(target)), current=levels[group[target], mask],
        outputs=tuple(int(n) for n in rng.choice(neurons, min(2, neurons), replace=False)),
    )  # fmt: skip


def simple(**changes: Any) -> AnalogNetwork:
    """Two neurons of one group, a channel into the first, the first into the second; ``changes``: other fields."""
    made = biases(np.random.default_rng(0))
    base = np.array([made[name] for name in BASE])
    network = AnalogNetwork(
        name="simple", channels=1, group=np.zeros(2, np.int64), biases=(made,), source=np.array([0, 1]),
        target=np.array([0, 1]), kind=np.array([0, 1]), current=(MASKS @ base)[[5, 3]], outputs=(1,),
    )  # fmt: skip
    return replace(network, **changes)


def without_base(network: AnalogNetwork) -> AnalogNetwork:
    """The same before base weights are found."""
    return replace(network, biases=tuple({k: v for k, v in each.items() if k not in BASE} for each in network.biases))


def fan_in(neurons: int, sources: int, *, channels: int | None = None, groups: int = 1) -> AnalogNetwork:
    """Neurons, each with a synapse from every one of the first so many sources."""
    rng = np.random.default_rng(1)
    made = tuple(biases(rng) for _ in range(groups))
    group = np.arange(neurons) % groups
    target, source = np.repeat(np.arange(neurons), sources), np.tile(np.arange(sources), neurons)
    current = np.array([made[k][BASE[0]] for k in group[target]])
    return AnalogNetwork(
        channels=sources if channels is None else channels, group=group, biases=made, source=source, target=target,
        kind=np.zeros(len(target), np.int64), current=current,
    )  # fmt: skip
