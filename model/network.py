# SPDX-License-Identifier: Apache-2.0
"""A network as a researcher thinks of it: neurons, synapses with delays, input axons, a read-out."""

from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from model import limits
from model.encoding import Encoding
from model.limits import LEAK_ONE
from model.readout import Readout, ReadoutKind, check_host_part
from support.errors import InputError

__all__ = ["PARAMETERS", "SYNAPSE", "UNTIL_END", "IntArray", "Network", "Neurons", "Readout", "ReadoutKind", "Reset"]

IntArray = NDArray[np.int64]

MAX_DELAY = limits.MAX_STEPS.high
"""Longest delay in steps: no sample has more."""
UNTIL_END = limits.MAX_STEPS.high
"""Refractory period that lasts until the end of sample: no sample has more steps."""
MAX_SUM = 1 << 53
"""Sum of the absolute weights of a neuron that no network reaches, so that no sum of weights can wrap."""


class Reset(IntEnum):
    """What a spike does to the potential."""

    ZERO = 0
    SUBTRACT = 1
    NONE = 2


@dataclass(frozen=True, kw_only=True)
class Neurons:
    """Per-neuron parameters, each an int64 array of shape (neurons,); a scalar stands for all neurons.

    I[t] = leak(I[t-1], beta) + arrivals; V[t] = clamp(leak(V[t-1], alpha) + I[t] + bias, floor, vmax);
    spike if V[t] >= threshold. In the ``refractory`` steps after a spike V stays, and there is no spike. The width of
    the state belongs to the network, because V saturates at vmax: a build of another width would give other spikes.
    """

    count: int
    """Number of neurons, 1 to 2**20."""
    state_bits: int = limits.STATE_BITS.default
    """Width of I and V, signed (4 to 31)."""
    alpha: Any = LEAK_ONE
    """Leak factor of V, 0 to 4096 (4096: no leak)."""
    beta: Any = 0
    """Leak factor of I, 0 to 4096 (0: delta synapse)."""
    bias: Any = 0
    threshold: Any = 1
    """vmin to vmax + 1; vmax + 1 (``never``) makes a read-out neuron, which never spikes."""
    floor: Any = None
    """Lowest potential, vmin to vmax; None: vmin."""
    reset: Any = Reset.ZERO
    """A Reset per neuron; SUBTRACT needs a threshold of at least 0, or V could leave its range."""
    refractory: Any = 0
    """Steps after a spike in which there is no other (0 to 65535); 65535 (``UNTIL_END``): none until the end of
    sample."""

    def __post_init__(self) -> None:
        limits.STATE_BITS.check("neurons: state_bits", self.state_bits)
        if self.floor is None:
            object.__setattr__(self, "floor", self.vmin)
        _in_bounds("neurons: count", self.count, limits.SOURCES.high)
        for name in PARAMETERS:
            value = _integers(f"neurons: {name}", getattr(self, name))
            if value.ndim > 1 or (value.ndim == 1 and len(value) != self.count):
                raise InputError(f"neurons: {name} must have shape ({self.count},), not {value.shape}")
            value = np.broadcast_to(value, (self.count,)).copy()
            value.setflags(write=False)
            object.__setattr__(self, name, value)
        for name, low, high in (
            ("alpha", 0, LEAK_ONE),
            ("beta", 0, LEAK_ONE),
            ("reset", 0, 2),
            ("bias", self.vmin, self.vmax),
            ("threshold", self.vmin, self.never),
            ("floor", self.vmin, self.vmax),
            ("refractory", 0, UNTIL_END),
        ):
            _in_range(f"neurons: {name} of neuron", getattr(self, name), low, high)
        bad = np.flatnonzero((self.reset == Reset.SUBTRACT) & (self.threshold < 0))
        if len(bad):
            raise InputError(
                f"neurons: threshold of neuron {bad[0]} must be at least 0 for reset by subtraction, "
                f"not {self.threshold[bad[0]]}"
            )

    @property
    def vmax(self) -> int:
        """Largest potential."""
        return limits.signed_range(self.state_bits)[1]

    @property
    def vmin(self) -> int:
        """Smallest potential."""
        return limits.signed_range(self.state_bits)[0]

    @property
    def never(self) -> int:
        """The threshold that no potential reaches."""
        return self.vmax + 1

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Neurons)
            and self.state_bits == other.state_bits
            and all(np.array_equal(getattr(self, name), getattr(other, name)) for name in PARAMETERS)
        )

    def __hash__(self) -> int:
        return hash((self.count, self.state_bits))


PARAMETERS = ("alpha", "beta", "bias", "threshold", "floor", "reset", "refractory")
"""Names of the per-neuron parameters."""


@dataclass(frozen=True, kw_only=True)
class Network:
    """Neurons, synapses and input axons, in integers; recurrent connections and several delays a pair are legal.

    Sources are numbered like addresses: input axon a is a, neuron n is ``axons + n``. The synapse arrays have one
    entry per synapse, are sorted by (source, delay, target) on construction, and a (source, delay, target) occurs once.
    Delays are the contract's: at least 0 from an axon, at least 1 from a neuron. Weights are not 0: a synapse of
    weight 0 is no synapse (``Network.without_zeros`` drops them).
    """

    axons: int
    neurons: Neurons
    source: Any
    target: Any
    delay: Any
    weight: Any
    readout: Readout
    max_steps: int = limits.MAX_STEPS.default
    """Longest sample in steps (1 to 65535); bounds the currents of neurons whose beta leaks nothing."""
    encoding: Encoding | None = None
    """How input was encoded in training, if it was."""
    name: str = ""
    labels: tuple[str, ...] = field(default=())
    """Names of the classes, in the read-out's order; may be empty."""

    def __post_init__(self) -> None:
        _in_bounds("network: axons", self.axons, limits.SOURCES.high)
        _in_bounds("network: max_steps", self.max_steps, limits.MAX_STEPS.high)
        arrays = {name: _integers(f"network: {name}", getattr(self, name)) for name in SYNAPSE}
        size = arrays["source"].shape
        for name, array in arrays.items():
            if array.ndim != 1 or array.shape != size:
                raise InputError(f"network: {name} must have shape {size}, like source, not {array.shape}")
        order = np.lexsort((arrays["target"], arrays["delay"], arrays["source"]))
        for name, array in arrays.items():
            in_order = array[order]
            in_order.setflags(write=False)
            object.__setattr__(self, name, in_order)
        self._check_synapses()
        object.__setattr__(self, "labels", tuple(self.labels))
        check_host_part(
            axons=self.axons, neurons=self.neurons.count, max_steps=self.max_steps, name=self.name,
            readout=self.readout, labels=self.labels, encoding=self.encoding,
        )  # fmt: skip

    def _check_synapses(self) -> None:
        _in_range("network: source of synapse", self.source, 0, self.axons + self.neurons.count - 1)
        _in_range("network: target of synapse", self.target, 0, self.neurons.count - 1)
        least = np.where(self.source < self.axons, 0, 1)
        bad = np.flatnonzero(self.delay < least)
        if len(bad):
            i = bad[0]
            kind = "an axon" if self.source[i] < self.axons else "a neuron"
            raise InputError(
                f"network: delay of synapse {i} (source {self.source[i]}, target {self.target[i]}) must be at least "
                f"{least[i]} from {kind}, not {self.delay[i]}"
            )
        bad = np.flatnonzero(self.delay > MAX_DELAY)
        if len(bad):
            i = bad[0]
            raise InputError(f"network: delay of synapse {i} must be at most {MAX_DELAY}, not {self.delay[i]}")
        _in_range("network: weight of synapse", self.weight, 1 - MAX_SUM, MAX_SUM - 1)
        reach = np.bincount(self.target, np.abs(self.weight).astype(np.float64), self.neurons.count)
        bad = np.flatnonzero(reach >= MAX_SUM)
        if len(bad):
            total = f"{reach[bad[0]]:.3g}"
            raise InputError(f"network: absolute weights into neuron {bad[0]} must add up to below 2**53, not {total}")
        bad = np.flatnonzero(self.weight == 0)
        if len(bad):
            i = bad[0]
            raise InputError(
                f"network: weight of synapse {i} (source {self.source[i]}, target {self.target[i]}) must not be 0"
            )
        keys = np.stack([self.source, self.delay, self.target])
        same = np.flatnonzero((keys[:, 1:] == keys[:, :-1]).all(0))
        if len(same):
            i = same[0]
            raise InputError(
                f"network: two synapses from source {self.source[i]} to target {self.target[i]} "
                f"with delay {self.delay[i]}: expected at most one"
            )

    @classmethod
    def without_zeros(cls, *, source: ArrayLike, target: ArrayLike, delay: ArrayLike, weight: ArrayLike,
                      **rest: Any) -> "Network":  # fmt: skip
        """A network of the synapses whose weight is not 0."""
        keep = np.asarray(weight) != 0
        parts = (np.asarray(array)[keep] for array in (source, target, delay, weight))
        return cls(**dict(zip(SYNAPSE, parts, strict=True)), **rest)

    @property
    def synapses(self) -> int:
        """Number of synapses."""
        return len(self.weight)

    @property
    def distance(self) -> IntArray:
        """Synapses from the nearest axon to each neuron, 1 and up, shape (neurons,); -1: no axon reaches it."""
        found = np.full(self.axons + self.neurons.count, -1)
        found[: self.axons] = 0
        step = 0
        while (found == step).any():
            reached = np.unique(self.target[found[self.source] == step]) + self.axons
            step += 1
            found[reached[found[reached] < 0]] = step
        return found[self.axons :]

    @property
    def level(self) -> IntArray:
        """Delay level of each synapse, from 0: the delay from an axon, the delay minus 1 from a neuron.

        A spike of step t is an event of step t+1 for the delay unit, so one step of a neuron's delay has passed.
        """
        return np.asarray(self.delay - (self.source >= self.axons))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Network) and all(
            np.array_equal(mine, theirs) if isinstance(mine, np.ndarray) else mine == theirs
            for mine, theirs in ((getattr(self, name), getattr(other, name)) for name in self.__dataclass_fields__)
        )

    def __hash__(self) -> int:
        return hash((self.name, self.axons, self.neurons, self.synapses))


SYNAPSE = ("source", "target", "delay", "weight")
"""Names of the synapse arrays."""


def _integers(what: str, value: Any) -> IntArray:
    try:
        array = np.asarray(value)
    except ValueError:
        raise InputError(f"{what} must be an array of integers, not a list of lists of different lengths") from None
    if array.dtype.kind not in "iu" and not (array.size == 0 and array.dtype.kind == "f"):
        raise InputError(f"{what} must be integers, not {array.dtype}")
    if array.dtype.kind == "u" and array.size and int(array.max()) >= 1 << 63:
        at = int(array.argmax())
        raise InputError(f"{what} must be integers below 2**63, not {array.flat[at]} (entry {at})")
    return array.astype(np.int64)


def _in_bounds(what: str, value: Any, high: int) -> None:
    if not isinstance(value, int) or not 1 <= value <= high:
        raise InputError(f"{what} must be in 1..{high}, not {value!r:.80}")


def _in_range(what: str, array: IntArray, low: int, high: int) -> None:
    bad = np.flatnonzero((array < low) | (array > high))
    if len(bad):
        raise InputError(f"{what} {bad[0]} must be in {low}..{high}, not {array[bad[0]]}")
