# SPDX-License-Identifier: Apache-2.0
"""Disturbances of a network and of its events, as of analogue, faulty or badly transmitted hardware, in integers.

Every function draws from the generator that it is given, a number for each synapse, neuron, event or place of an
event, whatever the level is: the same generator state at two levels disturbs the same things, more or less.
A level of 0 changes nothing. ``model.imperfect.mismatch`` makes devices of a kind of these.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.encoding import Raster
from model.limits import LEAK_ONE
from model.network import IntArray, Network, Reset
from support.errors import InputError


def weight_mismatch(network: Network, deviation: float, rng: np.random.Generator, limits: tuple[int, int]) -> Network:
    """Every weight with a relative error of its own, normal with a standard deviation of ``deviation`` (at least 0).

    Weights are rounded, and stay within ``limits``: smallest and largest. Those that become 0 are gone.
    """
    error = rng.standard_normal(network.synapses)
    weight = _scaled(network.weight, _at_least_0("weight mismatch", deviation) * error, *limits)
    return _rewired(network, delay=network.delay, weight=weight)


def pair_mismatch(network: Network, deviation: float, rng: np.random.Generator, limits: tuple[int, int]) -> Network:
    """As ``weight_mismatch``, with one error for all synapses of a source and a target: the same whatever their delays.

    A network that training changes is so disturbed in the same way before and after.
    """
    error = rng.standard_normal((network.axons + network.neurons.count, network.neurons.count))
    error = _at_least_0("weight mismatch", deviation) * error[network.source, network.target]
    return _rewired(network, delay=network.delay, weight=_scaled(network.weight, error, *limits))


def threshold_mismatch(network: Network, deviation: float, rng: np.random.Generator) -> Network:
    """Every threshold with a relative error of its own, normal with a standard deviation of ``deviation``.

    Thresholds are rounded and stay reachable (vmin to vmax, from 0 up with reset by subtraction); neurons that never
    spike stay so.
    """
    neurons = network.neurons
    error = _at_least_0("threshold mismatch", deviation) * rng.standard_normal(neurons.count)
    low = np.where(neurons.reset == Reset.SUBTRACT, 0, neurons.vmin)
    threshold = np.where(
        neurons.threshold == neurons.never, neurons.never, _scaled(neurons.threshold, error, low, neurons.vmax)
    )
    return replace(network, neurons=replace(neurons, threshold=threshold))


LEAKS = ("alpha", "beta")
"""Of potential and current."""


def leak_mismatch(
    network: Network, deviation: float, rng: np.random.Generator, names: Sequence[str] = LEAKS
) -> Network:
    """What each step takes of potential and current, 1 - alpha and 1 - beta, with a relative error of its own.

    Leaks are rounded to 1/4096; neurons without a leak, and delta synapses, stay so. ``names``: those of the two that
    deviate.
    """
    neurons, error = network.neurons, _at_least_0("leak mismatch", deviation)
    changed: dict[str, Any] = {}
    for name in names:
        leak = getattr(neurons, name)
        # At least 1: a neuron that leaks does not cease to.
        loss = _scaled(LEAK_ONE - leak, error * rng.standard_normal(neurons.count), 1, LEAK_ONE)
        changed[name] = np.where((leak == 0) | (leak == LEAK_ONE), leak, LEAK_ONE - loss)
    return replace(network, neurons=replace(neurons, **changed))


def delay_mismatch(network: Network, steps: float, rng: np.random.Generator, levels: int) -> Network:
    """Every delay moved by up to ``steps`` (at least 0), uniformly over the delays there that a build can have.

    ``levels``: delay levels of the build, 0 to levels-1. Synapses of a pair that come to lie on one delay become one,
    of the sum of their weights.
    """
    if _at_least_0("delay mismatch", steps) != int(steps):
        raise InputError(f"delay mismatch must be whole steps, not {steps!r}")
    low = np.maximum(network.level - int(steps), 0)
    high = np.minimum(network.level + int(steps), levels - 1)
    # random() is below 1, but its product with a large count may be rounded up.
    moved = np.minimum(low + np.floor(rng.random(network.synapses) * (high - low + 1)).astype(np.int64), high)
    return _rewired(network, delay=network.delay + moved - network.level, weight=network.weight)


def delay_jitter(network: Network, share: float, rng: np.random.Generator) -> Network:
    """Events of a ``share`` of the sources (0 to 1), axons and neurons, a step late: all delays of those one longer.

    That may be longer than the levels of a build allow: what comes late is late on its way.
    """
    _share("delay jitter", share)
    late = rng.random(network.axons + network.neurons.count) < share
    return replace(network, delay=network.delay + late[network.source])


def dropped_events(rasters: Raster, probability: float, rng: np.random.Generator) -> Raster:
    """Rasters without the events that are lost, each with this probability (0 to 1)."""
    _share("dropped events", probability)
    kept = np.array(rasters, np.bool_)
    kept[kept] = rng.random(np.count_nonzero(kept)) >= probability
    return kept


def spurious_events(rasters: Raster, probability: float, rng: np.random.Generator) -> Raster:
    """Rasters (samples, steps, axons) with events that nobody sent: at each silent place with this probability."""
    _share("spurious events", probability)
    return np.asarray(rasters, np.bool_) | chance(rasters.shape, probability, rng)


def chance(shape: tuple[int, ...], probability: float, rng: np.random.Generator) -> Raster:
    """True with a probability (0 to 1), shape (samples, ...): sample by sample, for the numbers take much memory."""
    _share("probability", probability)
    result = np.empty(shape, np.bool_)
    for sample in result:
        np.less(rng.random(sample.shape, np.float32), probability, out=sample)
    return result


def _rewired(network: Network, *, delay: IntArray, weight: IntArray) -> Network:
    """The network with other delays and weights; what is then one synapse is added up."""
    keys, place = np.unique(np.stack([network.source, delay, network.target]), axis=1, return_inverse=True)
    total = np.zeros(keys.shape[1], np.int64)
    np.add.at(total, place.ravel(), weight)
    kept = total != 0
    source, delays, target = keys[:, kept]
    return replace(network, source=source, delay=delays, target=target, weight=total[kept])


def _scaled(values: IntArray, error: NDArray[np.float64], low: Any, high: Any) -> IntArray:
    # Clipped before it becomes an integer: a large error may not fit one.
    return np.clip(np.rint(values * (1 + error)), low, high).astype(np.int64)


def _at_least_0(what: str, level: float) -> float:
    if not (np.isfinite(level) and level >= 0):
        raise InputError(f"{what} must be at least 0, not {level!r}")
    return level


def _share(what: str, level: float) -> None:
    if not 0 <= level <= 1:
        raise InputError(f"{what}: the probability must be in 0..1, not {level!r}")
