# SPDX-License-Identifier: Apache-2.0
"""A network as the chip can hold it: biases that its generators make, weights that are sums of four base weights."""

from dataclasses import dataclass, replace

import numpy as np

from model.dynap.chip import BASE, BIASES, DYNAP_SE2, Chip
from model.dynap.network import AnalogNetwork
from model.dynap.placement import place
from model.imperfect.codes import MASKS, coded, subset_sum
from support.errors import InputError


@dataclass(frozen=True)
class Rounded:
    """A network that fits, and what that took."""

    network: AnalogNetwork
    gone: int
    """Synapses whose current became 0."""
    error: float
    """Root of the mean squared change of a current, relative to that of the currents."""
    bias_error: float
    """The largest relative change of a bias."""


def rounded(network: AnalogNetwork, board: Chip = DYNAP_SE2, *, seed: int = 0) -> Rounded:
    """The nearest network that the chip holds exactly; a network that it holds stays as it is.

    Groups without base weights get them, each core its own (``model.imperfect.codes.subset_sum``, drawn by ``seed``).
    Raises InputError, naming the limit, for what rounding cannot help: numbers of neurons, cores, synapses and tags,
    and currents out of reach.
    """
    group, biases = np.zeros(network.neurons, np.int64), []
    current = network.current.copy()
    bias_error = 0.0
    for k, part in enumerate(place(network, board)):
        given = network.biases[int(network.group[part[0]])]
        mine = np.isin(network.target, part)
        base = network.base(int(network.group[part[0]]))
        if base is None:
            base = np.maximum(subset_sum(network.current[mine], seed=seed).base, board.dark)
        made = {name: board.current(board.bias(name, given[name])) for name in BIASES}
        bias_error = max([bias_error, *(abs(made[name] / given[name] - 1) for name in BIASES)])
        made |= {
            name: board.current(board.bias(name, float(each))) for name, each in zip(BASE, base, strict=True)
        }  # fmt: skip
        levels = np.array([made[name] for name in BASE])
        code = coded(network.current[mine], levels)
        current[mine] = np.where(code.code > 0, code.weights, 0.0)
        # In the order of the names, as the way back adds them up.
        made |= {name: float(each) for name, each in zip(BASE, code.base, strict=True)}
        group[part] = k
        biases.append(made)
    kept = current > 0
    changed = float(np.sqrt(np.square(current - network.current).sum() / np.square(network.current).sum())
                    if network.synapses else 0.0)  # fmt: skip
    arrays = {key: getattr(network, key)[kept] for key in ("source", "target", "kind")}
    found = replace(network, group=group, biases=tuple(biases), current=current[kept], **arrays)
    return Rounded(found, int((~kept).sum()), changed, bias_error)


def masks(network: AnalogNetwork) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Of each synapse which base weights of its target's group it adds up, 1..15.

    Raises InputError for a group without base weights, and for a current that is no sum of them.
    """
    found = np.zeros(network.synapses, np.int64)
    into = network.group[network.target]
    for group in range(len(network.biases)):
        mine = np.flatnonzero(into == group)
        base = network.base(group)
        if base is None:
            raise InputError(
                f"base weights: group {group} has none; expected {', '.join(BASE)}, four for each core (rounding finds "
                "them)"
            )
        levels = MASKS @ base
        levels[0] = np.inf  # no base weight at all is no synapse
        distance = np.abs(levels[None] - network.current[mine, None])
        best = distance.argmin(1)
        wrong = np.flatnonzero(distance[np.arange(len(mine)), best] > 0)
        if len(wrong):
            at = int(mine[wrong[0]])
            raise InputError(
                f"base weights: {network.describe(at)} has {network.current[at]:g} A, which is no sum of the core's "
                f"four ({', '.join(f'{each:g}' for each in base)} A); the nearest is {levels[best[wrong[0]]]:g} A"
            )
        found[mine] = best
    return found
