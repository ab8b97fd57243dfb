# SPDX-License-Identifier: Apache-2.0
"""What the host makes of a network's output, and the checks of all that only the host knows."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from model import limits
from model.encoding import Encoding
from support.errors import InputError

MAX_SOURCES = limits.SOURCES.high
"""Most axons and most neurons of a network, far above what a core holds: arrays of that length are made."""


class ReadoutKind(StrEnum):
    """The quantity of a read-out neuron whose argmax is the class; the lowest index wins a tie."""

    LAST_POTENTIAL = "last_potential"
    POTENTIAL_SUM = "potential_sum"
    SPIKE_COUNT = "spike_count"
    FIRST_SPIKE = "first_spike"


@dataclass(frozen=True, kw_only=True)
class Readout:
    """Which neurons stand for the classes, in order, and what is compared."""

    neurons: tuple[int, ...]
    kind: ReadoutKind = ReadoutKind.LAST_POTENTIAL

    def __post_init__(self) -> None:
        for neuron in self.neurons:
            if isinstance(neuron, bool) or not isinstance(neuron, int | np.integer):
                raise InputError(f"read-out: neurons must be integers, not {neuron!r:.80}")
            if not 0 <= neuron < MAX_SOURCES:
                raise InputError(f"read-out: neuron {neuron!r:.80} must be in 0..{MAX_SOURCES - 1}")
        object.__setattr__(self, "neurons", tuple(int(neuron) for neuron in self.neurons))
        try:
            object.__setattr__(self, "kind", ReadoutKind(self.kind))
        except ValueError:
            choices = ", ".join(ReadoutKind)
            raise InputError(f"read-out: kind must be one of {choices}, not {self.kind!r:.80}") from None


def check_host_part(*, axons: int, neurons: int, max_steps: int, name: str, readout: Readout,
                    labels: tuple[str, ...], encoding: Encoding | None) -> None:  # fmt: skip
    """InputError if what only the host knows of a network does not fit it; its sizes are in range."""
    for text in (name, *labels):
        if not isinstance(text, str) or any("\ud800" <= letter <= "\udfff" for letter in text):
            raise InputError(f"network: name and labels must be text that UTF-8 can hold, not {text!r:.80}")
    for neuron in readout.neurons:
        if not 0 <= neuron < neurons:
            raise InputError(f"read-out: neuron {neuron} must be in 0..{neurons - 1}")
    if labels and len(labels) != len(readout.neurons):
        raise InputError(f"network: {len(labels)} labels for {len(readout.neurons)} read-out neurons")
    if len(set(labels)) != len(labels):
        twice = next(label for i, label in enumerate(labels) if label in labels[:i])
        raise InputError(f"network: two classes are called {twice!r:.80}")
    if encoding and encoding.axons != axons:
        raise InputError(f"network: encoding has {encoding.axons} axons, the network {axons}")
    if encoding and encoding.total_steps > max_steps:
        raise InputError(f"network: encoding has {encoding.total_steps} steps, max_steps is {max_steps}")
