# SPDX-License-Identifier: Apache-2.0
"""A network for mixed-signal chips: neurons in groups that share their biases, synapses with a kind and a current."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.dynap.chip import BASE, BIASES, KINDS
from support.errors import InputError

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class AnalogNetwork:
    """Channels, neurons and synapses; equal networks have the same synapses in any order.

    Groups of equal biases become one, groups are numbered as the first of their neurons are, and synapses are put in
    order. Raises InputError, in one line, for anything out of range.
    """

    channels: int
    """Sources outside of the chip, at least 0."""
    group: IntArray
    """Of each neuron, (neurons,), a number of ``biases``."""
    biases: tuple[Mapping[str, float], ...]
    """Of each group in ampere, above 0: each of ``chip.BIASES``, and all or none of ``chip.BASE``."""
    source: IntArray
    """Of each synapse: a channel, or the number of channels plus a neuron."""
    target: IntArray
    """A neuron."""
    kind: IntArray
    """A number of ``chip.KINDS``."""
    current: FloatArray
    """In ampere, above 0."""
    outputs: tuple[int, ...] = ()
    """Neurons that are read."""
    name: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        for key, kind in (("group", np.int64), ("source", np.int64), ("target", np.int64), ("kind", np.int64),
                          ("current", np.float64)):  # fmt: skip
            object.__setattr__(self, key, np.asarray(getattr(self, key), kind))
        self._check()
        self._merge_groups()
        order = np.lexsort((self.current, self.kind, self.source, self.target))
        for key in ("source", "target", "kind", "current"):
            object.__setattr__(self, key, getattr(self, key)[order])

    @property
    def neurons(self) -> int:
        """How many there are."""
        return len(self.group)

    @property
    def synapses(self) -> int:
        """How many there are."""
        return len(self.source)

    def base(self, group: int) -> FloatArray | None:
        """The base weights of a group in ampere, (4,); None: it has none yet."""
        found = self.biases[group]
        return np.array([found[name] for name in BASE]) if BASE[0] in found else None

    def describe(self, synapse: int) -> str:
        """A synapse in words."""
        at = int(self.source[synapse])
        source = f"channel {at}" if at < self.channels else f"neuron {at - self.channels}"
        return f"the synapse from {source} to neuron {self.target[synapse]} ({KINDS[int(self.kind[synapse])]})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, AnalogNetwork):
            return NotImplemented
        return (self.channels, self.outputs, self.biases) == (other.channels, other.outputs, other.biases) and all(
            np.array_equal(getattr(self, key), getattr(other, key))
            for key in ("group", "source", "target", "kind", "current")
        )

    __hash__ = None  # type: ignore[assignment]

    def _check(self) -> None:
        sizes = {len(getattr(self, key)) for key in ("source", "target", "kind", "current")}
        if len(sizes) > 1:
            raise InputError("mixed-signal network: source, target, kind and current must have one length")
        if self.channels < 0:
            raise InputError(f"mixed-signal network: channels must be at least 0, not {self.channels}")
        for key, many in (("group", len(self.biases)), ("source", self.channels + self.neurons),
                          ("target", self.neurons), ("kind", len(KINDS))):  # fmt: skip
            _inside(key, getattr(self, key), many)
        _inside("outputs", np.asarray(self.outputs, np.int64), self.neurons)
        if len(set(self.outputs)) < len(self.outputs):
            raise InputError("mixed-signal network: outputs must be different neurons")
        wrong = self.current[~(np.isfinite(self.current) & (self.current > 0))]
        if len(wrong):
            raise InputError(f"mixed-signal network: current must be above 0 A and finite, not {wrong[0]:g}")
        for k, found in enumerate(self.biases):
            based = any(name in found for name in BASE)
            for name in (*BIASES, *(BASE if based else ())):
                if name not in found:
                    raise InputError(f"mixed-signal network: group {k}: no {name}")
                if not (np.isfinite(found[name]) and found[name] > 0):
                    raise InputError(
                        f"mixed-signal network: group {k}: {name} must be above 0 A and finite, not {found[name]:g}"
                    )
            unknown = sorted(set(found) - {*BIASES, *BASE})
            if unknown:
                raise InputError(f"mixed-signal network: group {k}: no bias {unknown[0]}; expected one of "
                                 f"{', '.join((*BIASES, *BASE))}")  # fmt: skip

    def _merge_groups(self) -> None:
        keys: dict[Any, int] = {}
        number = np.full(len(self.biases), -1)
        for old in self.group:
            if number[old] < 0:
                number[old] = keys.setdefault(tuple(sorted(self.biases[old].items())), len(keys))
        object.__setattr__(self, "group", number[self.group] if self.neurons else self.group)
        object.__setattr__(self, "biases", tuple(dict(key) for key in keys))


def _inside(key: str, values: IntArray, many: int) -> None:
    wrong = values[(values < 0) | (values >= many)]
    if len(wrong):
        raise InputError(f"mixed-signal network: {key} must be in 0..{many - 1}, not {wrong[0]}")
