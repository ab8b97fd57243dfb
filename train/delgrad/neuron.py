# SPDX-License-Identifier: Apache-2.0
"""The neuron of DelGrad: leaky integrate-and-fire, exponential synaptic current, first spike only.

Time is in units of the synaptic time constant. An input at t with weight w adds w k(T - t) to the drive of a neuron,
which fires when the drive reaches ``level`` = leak conductance * (threshold - rest):

- membrane time constant 2: k(s) = exp(-s/2) - exp(-s)
- membrane time constant 1: k(s) = s exp(-s)
"""

from dataclasses import dataclass
from typing import Literal

Ratio = Literal[1, 2]
"""Membrane time constant, in synaptic ones."""


@dataclass(frozen=True, kw_only=True)
class Neuron:
    """Neurons of a layer; those of a chip differ in their thresholds, which are passed apart from this."""

    ratio: Ratio = 2
    leak: float = 0.5
    """Leak conductance."""
    threshold: float = 1.0
    """Above rest."""
    slope_floor: float = 1e-6
    """Least slope of the drive at a spike that gradients are divided by, in levels a time constant. A spike at the very
    peak of the drive has slope 0, and a gradient without bound; a larger floor bounds it sooner."""

    def __post_init__(self) -> None:
        if self.ratio not in (1, 2):
            raise ValueError(f"ratio must be 1 or 2, not {self.ratio!r}")
        for name in ("leak", "threshold", "slope_floor"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name} must be above 0, not {getattr(self, name)!r}")

    @property
    def level(self) -> float:
        """Drive at which a neuron with the nominal threshold fires."""
        return self.leak * self.threshold
