# SPDX-License-Identifier: Apache-2.0
"""Disturbances of a network and of its events, as of analogue, faulty or badly transmitted hardware, in integers.

Every function draws from the generator that it is given, a number for each synapse, neuron, event or place of an
event, whatever the level is: the same generator state at two levels disturbs the same things, more or less.
A level of 0 changes nothing.

``Mismatch`` makes devices of a kind: networks whose parameters are off by a pattern that a seed fixes.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.encoding import Raster
from model.limits import LEAK_ONE
from model.network import IntArray, Network, Reset
from support.errors import InputError


@dataclass(frozen=True, kw_only=True)
class Mismatch:
    """How much the devices of a kind differ: p' = p (1 + deviation * N(0, 1)) for each p, by kind of parameter.

    The default lies between the 3 % of thresholds that arXiv 2404.19165 trains for and the 10 % of all currents that is
    usual for models of DYNAP-SE.
    """

    threshold: float = 0.05
    """Of the threshold of each neuron."""
    leak: float = 0.05
    """Of the two leaks of each neuron, potential and current: of the share that a step takes, 1 / time constant."""
    weight: float = 0.0
    """Of each pair of source and target, whatever the delays of its synapses."""

    def __post_init__(self) -> None:
        for each in fields(self):
            _at_least_0(f"mismatch: {each.name}", getattr(self, each.name))

    def device(self, network: Network, seed: int, *, limits: tuple[int, int] = (-128, 127)) -> Network:
        """What becomes of a network on the device of a seed, which is the same one whatever its weights and delays.

        ``limits``: smallest and largest weight. Rounded to integers, inside the contract's ranges.
        """
        thresholds, leaks, pairs = np.random.default_rng((DEVICE, seed)).spawn(3)
        network = leak_mismatch(threshold_mismatch(network, self.threshold, thresholds), self.leak, leaks)
        if not self.weight:
            return network
        shape = (network.axons + network.neurons.count, network.neurons.count)
        error = pairs.standard_normal(shape)[network.source, network.target]
        weight = _scaled(network.weight, self.weight * error, *limits)
        return _rewired(network, delay=network.delay, weight=weight)


DEVICE = 0xC41B
"""Sets the stream of devices apart from all others of a seed."""


def weight_mismatch(network: Network, deviation: float, rng: np.random.Generator, limits: tuple[int, int]) -> Network:
    """Every weight with a relative error of its own, normal with a standard deviation of ``deviation`` (at least 0).

    Weights are rounded, and stay within ``limits``: smallest and largest. Those that become 0 are gone.
    """
    error = rng.standard_normal(network.synapses)
    weight = _scaled(network.weight, _at_least_0("weight mismatch", deviation) * error, *limits)
    return _rewired(network, delay=network.delay, weight=weight)


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
