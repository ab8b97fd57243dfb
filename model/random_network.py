# SPDX-License-Identifier: Apache-2.0
"""Random networks that fit a build, and random input: what tests and benches run."""

from itertools import pairwise
from typing import Any

import numpy as np

from model import limits
from model.config import CoreConfig
from model.encoding import Raster
from model.limits import LEAK_ONE
from model.network import UNTIL_END, IntArray, Network, Neurons, Readout, ReadoutKind, Reset


def random_config(rng: np.random.Generator, **fixed: Any) -> CoreConfig:
    """A small build anywhere in the range of the configuration: 1 to 40 neurons, 1 to 30 axons, 1 to 12 delay levels,
    1 to 16 lanes, every width, with and without codebook, half without refractory periods. ``fixed`` fields are as
    given."""

    def number(low: int, high: int) -> int:
        return int(rng.integers(low, high + 1))

    def anywhere(allowed: limits.Range) -> int:
        return number(allowed.low, allowed.high)

    fields: dict[str, Any] = {"codebook": bool(rng.random() < 0.3), "state_bits": anywhere(limits.STATE_BITS), **fixed}
    drawn = {
        "neurons": number(1, 40),
        "axons": number(1, 30),
        "delays": number(1, 12),
        "rows": number(1, 800),
        "synapse_words": number(1, 1500),
        "lanes": number(1, 16),
        "weight_bits": anywhere(limits.CODEBOOK_BITS if fields["codebook"] else limits.WEIGHT_BITS),
        # A narrow accumulator leaves little to add up.
        "accumulator_bits": number(min(10, fields["state_bits"]), fields["state_bits"]),
    }
    # Of a generator of its own: what is drawn above is as it was before there was anything else to draw.
    more = rng.spawn(1)[0]
    drawn["refractory_bits"] = int(more.integers(0, 2) * more.integers(1, limits.REFRACTORY_BITS.high + 1))
    return CoreConfig(**{**drawn, **fields})


def random_network(
    rng: np.random.Generator,
    config: CoreConfig,
    *,
    density: float = 0.5,
    full: bool = False,
    max_steps: int = 200,
) -> Network:
    """A network that fits ``config`` (whatever its queue depth), anywhere in the range of the configuration.

    ``density`` is the share of (source, target) pairs that have synapses, before limits of the build remove some.
    ``full`` uses all neurons and axons of the build, else a random number of them. Delays reach from 0 to the maximum,
    connections are recurrent, pairs have several delays, some sources have no synapse, some neurons are silent, some
    fire all the time, some saturate; parameters take extreme values often. ``max_steps`` limits the samples.
    """
    count = config.neurons if full else int(rng.integers(1, config.neurons + 1))
    axons = config.axons if full else int(rng.integers(1, config.axons + 1))
    neurons = _neurons(rng, config, count)
    source, target, level = _connections(rng, config, axons, count, density)
    weight = _weights(rng, config, len(source))
    order = rng.permutation(len(target))
    keep = _within_sums(order, _sum_limits(config, neurons, max_steps), target, weight)
    source, target, level, weight = source[keep], target[keep], level[keep], weight[keep]
    keep = _within_rows(rng, config, source, target, level)
    classes = rng.permutation(count)[: rng.integers(1, count + 1)]
    return Network(
        axons=axons,
        neurons=neurons,
        source=source[keep],
        target=target[keep],
        delay=(level + (source >= axons))[keep],
        weight=weight[keep],
        readout=Readout(neurons=tuple(classes.tolist()), kind=rng.choice(list(ReadoutKind))),
        max_steps=max_steps,
        name="random",
        labels=tuple(f"class {i}" for i in range(len(classes))) if rng.random() < 0.5 else (),
    )


def random_raster(rng: np.random.Generator, network: Network, steps: int, rate: float = 0.2) -> Raster:
    """Random input, shape (steps, axons): each axon fires with probability ``rate`` in each step.

    About one step in ten is silent and one in ten has all axons firing; ``rate`` 0 and 1 mean exactly that.
    """
    raster = rng.random((steps, network.axons)) < rate
    if 0 < rate < 1:
        kind = rng.random(steps)
        raster[kind < 0.1] = False
        raster[kind > 0.9] = True
    return raster


def random_layers(
    rng: np.random.Generator,
    *,
    sizes: tuple[int, ...] = (700, 48, 48, 20),
    delays: tuple[int, ...] = tuple(range(1, 60, 2)),
    kept: int = 15,
) -> Network:
    """A feed-forward network in the shape of 2404.10597: no delay from the axons, ``kept`` of ``delays`` a pair behind.

    ``sizes`` are the axons, then the neurons of each layer. Thresholds make hidden layers fire at random input of some
    percent; the last layer is a read-out.
    """
    parts = []
    first = 0
    for layer, (inputs, outputs) in enumerate(pairwise(sizes)):
        here = (0,) if layer == 0 else delays
        each = 1 if layer == 0 else kept
        pairs = inputs * outputs
        chosen = np.argsort(rng.random((pairs, len(here))), axis=1)[:, :each]
        parts.append(
            (
                np.repeat(first + np.arange(inputs), outputs * each),
                np.repeat(np.tile(first + inputs - sizes[0] + np.arange(outputs), inputs), each),
                np.asarray(here)[chosen].ravel(),
            )
        )
        first += inputs
    source, target, delay = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
    count = sum(sizes[1:])
    hidden = count - sizes[-1]
    neuron = np.arange(count)
    neurons = Neurons(
        count=count,
        alpha=rng.integers(3600, 4000, count),
        # The first layer has less input than the others, whose sources are delayed ``kept`` times over.
        threshold=np.where(neuron < sizes[1], 250, np.where(neuron < hidden, 900, 1 << 19)),
        reset=np.where(neuron < hidden, Reset.ZERO, Reset.NONE),
    )
    return Network.without_zeros(
        source=source,
        target=target,
        delay=delay,
        weight=np.rint(rng.normal(4, 30, len(source))).clip(-128, 127).astype(np.int64),
        axons=sizes[0],
        neurons=neurons,
        readout=Readout(neurons=tuple(range(hidden, count)), kind=ReadoutKind.POTENTIAL_SUM),
        max_steps=1000,
        name="random layers",
    )


def _neurons(rng: np.random.Generator, config: CoreConfig, count: int) -> Neurons:
    """Parameters: a third at each end of the leaks, thresholds from always to never."""

    def pick(*choices: IntArray | int) -> IntArray:
        columns = [np.broadcast_to(choice, (count,)) for choice in choices]
        return np.stack(columns)[rng.integers(len(columns), size=count), np.arange(count)]

    def between(low: int, high: int) -> IntArray:
        return rng.integers(low, high + 1, count)

    vmin, vmax = config.vmin, config.vmax
    some = max(1, min(vmax, config.weight_range[1] * 2))
    reset = between(0, 2)
    threshold = pick(between(1, some), between(1, some), between(0, some), vmax, vmax + 1, between(vmin, vmax), -some)
    return Neurons(
        count=count,
        state_bits=config.state_bits,
        alpha=pick(0, LEAK_ONE, between(0, LEAK_ONE), between(3500, LEAK_ONE)),
        beta=pick(0, 0, LEAK_ONE, between(0, LEAK_ONE), between(1, 2048)),
        bias=pick(0, 0, between(-some // 4, some // 4), between(vmin, vmax)),
        threshold=np.where(reset == Reset.SUBTRACT, np.maximum(threshold, 0), threshold),
        floor=pick(vmin, vmin, 0, between(vmin, 0), between(vmin, vmax)),
        reset=reset,
        refractory=_refractory(rng.spawn(1)[0], config, count) if config.refractory_bits else 0,
    )


def _refractory(rng: np.random.Generator, config: CoreConfig, count: int) -> IntArray:
    """Refractory periods: none, some steps, the longest that the build counts, until the end of sample."""
    longest = config.refractory_until_end - 1
    some = rng.integers(0, min(longest, 12) + 1, count)
    choices = np.stack([np.zeros_like(some), some, some, np.full_like(some, longest), np.full_like(some, UNTIL_END)])
    return choices[rng.integers(len(choices), size=count), np.arange(count)]


def _connections(
    rng: np.random.Generator, config: CoreConfig, axons: int, count: int, density: float
) -> tuple[IntArray, IntArray, IntArray]:
    """Source, target and delay level of synapses: each connected pair has one or several levels."""
    pairs = np.flatnonzero(rng.random((axons + count) * count) < density)
    source, target = pairs // count, pairs % count
    # Some sources have no synapse at all.
    alone = rng.random(axons + count) < 0.1
    source, target = source[~alone[source]], target[~alone[source]]
    several = min(config.delays, 4)
    level = rng.integers(0, config.delays, (len(source), several))
    edge = rng.random(level.shape)
    level[edge < 0.2] = 0
    level[edge > 0.8] = config.delays - 1
    used = np.arange(several) < rng.integers(1, several + 1, (len(source), 1))
    triples = np.stack([np.repeat(source, several), np.repeat(target, several), level.ravel()])[:, used.ravel()]
    unique = np.unique(triples, axis=1)
    return unique[0], unique[1], unique[2]


def _weights(rng: np.random.Generator, config: CoreConfig, synapses: int) -> IntArray:
    """Weights over the whole range, its ends often; with a codebook, of as many values as leave room for 0."""
    low, high = config.weight_range
    values = np.array([value for value in range(low, high + 1) if value])
    if config.codebook:
        values = rng.choice(values, (1 << config.weight_bits) - 1, replace=False)
    weight = rng.choice(values, synapses)
    edge = rng.random(synapses)
    weight[edge < 0.05] = values.min()
    weight[edge > 0.95] = values.max()
    return weight


def _sum_limits(config: CoreConfig, neurons: Neurons, max_steps: int) -> IntArray:
    """The largest sum of arrivals, on either side, that each neuron's accumulator and current hold."""
    accumulator = (1 << (config.accumulator_bits - 1)) - 1
    # The inverse of the bound of currents: ceil(vmax * loss / 4096) is the largest sum that stays within vmax.
    loss = LEAK_ONE - neurons.beta
    current = np.where(loss == 0, neurons.vmax // max_steps, -(-neurons.vmax * loss // LEAK_ONE))
    return np.minimum(accumulator, current)


def _within_sums(order: IntArray, limits: IntArray, target: IntArray, weight: IntArray) -> Raster:
    """Which synapses to keep, tried in ``order``, so that no neuron's weights of either sign add up to more."""
    keep = np.zeros(len(target), np.bool_)
    for sign in (-1, 1):
        room = limits.copy()
        for synapse in order[np.sign(weight[order]) == sign]:
            size = abs(int(weight[synapse]))
            if size <= room[target[synapse]]:
                room[target[synapse]] -= size
                keep[synapse] = True
    return keep


def _within_rows(
    rng: np.random.Generator, config: CoreConfig, source: IntArray, target: IntArray, level: IntArray
) -> Raster:
    """Which synapses to keep so that rows and synapse words suffice, even without renumbering the neurons."""
    if not len(source):
        return np.zeros(0, np.bool_)
    row = np.unique(source * config.delays + level, return_inverse=True)[1]
    counts = np.zeros((int(row.max()) + 1, config.lanes), np.int64)
    np.add.at(counts, (row, target % config.lanes), 1)
    order = rng.permutation(len(counts))
    fits = np.cumsum(counts.max(1)[order]) <= config.synapse_words
    fits[config.rows :] = False
    chosen = np.zeros(len(counts), np.bool_)
    chosen[order[fits]] = True
    return np.asarray(chosen[row])
