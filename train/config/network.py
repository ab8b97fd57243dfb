# SPDX-License-Identifier: Apache-2.0
"""The network of a run: layers, neurons, and what delays its synapses have."""

import math
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from model.limits import DELAYS, LEAK_ONE
from train.config.section import Count, Positive, Section

MAX_LEVELS = DELAYS.high
"""Delay levels of the largest build."""


class DelayKind(StrEnum):
    """What has a delay of its own."""

    PARALLEL = "parallel"
    """Every pair has a synapse at each level; pruning chooses among them."""
    SYNAPSE = "synapse"
    """Every pair has ``count`` synapses at learned delays."""
    AXON = "axon"
    """Every source has ``count`` learned delays."""
    DENDRITE = "dendrite"
    """Every target has ``count`` learned delays."""


class DelayConfig(Section):
    """Delays of one group of synapses: the levels first, first + step, .. up to last."""

    kind: DelayKind = DelayKind.PARALLEL
    first: Annotated[int, Field(ge=0, lt=MAX_LEVELS)]
    last: Annotated[int, Field(ge=0, lt=MAX_LEVELS)]
    step: Count = 1
    count: Count = 1
    """Learned delays a pair, source or target; parallel synapses have all levels."""
    fade: Positive | None = None
    """Of parallel synapses: a weight at delay d is exp(-(d - first) / fade) of what is learned, so long delays start
    weaker and learn slower. Long delays are what tells speakers apart."""

    @property
    def levels(self) -> tuple[int, ...]:
        """Delays in steps, ascending."""
        return tuple(range(self.first, self.last + 1, self.step))

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.last < self.first:
            raise ValueError(f"last must be at least first ({self.first}), not {self.last}")
        if self.kind == DelayKind.PARALLEL and self.count != 1:
            raise ValueError(f"count is for learned delays; parallel synapses have all levels, not {self.count}")
        if self.kind != DelayKind.PARALLEL and self.fade is not None:
            raise ValueError(f"fade is for kind = 'parallel', not '{self.kind}'")
        return self


class NetworkConfig(Section):
    """Layers of leaky integrate-and-fire neurons whose synapses have delays."""

    hidden: Annotated[tuple[Count, ...], Field(min_length=1)] = (48, 48)
    classes: Count = 20
    input: DelayConfig = DelayConfig(first=0, last=0)
    """From the axons to the first hidden layer."""
    between: DelayConfig = DelayConfig(first=1, last=59, step=2)
    """From hidden layer to hidden layer and to the read-out, at least 1. The default is that of arXiv 2404.10597, whose
    level d is delay d + 1."""
    recurrent: DelayConfig | None = None
    """From each hidden layer onto itself, at least 1; absent: none."""
    columns: Count = 1
    """Equal parts of the hidden layers without synapses between them: networks that learn apart and whose votes the
    read-out adds up, an ensemble in one network."""
    share: Count = 1
    """Neighbouring axons that share their weights in training, so that the layer has fewer weights to learn by heart;
    every axon keeps its own synapses in hardware."""
    normalise: bool = True
    """Batch normalisation of what arrives from other layers; it is folded into weights and bias."""
    reset: Literal["zero", "subtract"] = "zero"
    tau: Positive = 10.0
    """Time constant of V at the start, in steps; learned per neuron."""
    synaptic_tau: Positive | None = None
    """Time constant of I at the start, in steps, learned; absent: delta synapses (beta = 0)."""
    readout: Literal["last_potential", "potential_sum"] = "potential_sum"
    readout_tau: Positive | None = None
    """Time constant of the read-out at the start, learned; absent: it leaks nothing."""
    surrogate_slope: Positive = 10.0
    """k of the surrogate gradient 1 / (1 + k |V - threshold|)^2 (fast sigmoid)."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        for name in ("between", "recurrent"):
            delays = getattr(self, name)
            if delays is not None and delays.first < 1:
                raise ValueError(f"{name}.first must be at least 1: a spike arrives in a later step")
        if self.columns > 1:
            if any(size % self.columns for size in self.hidden):
                raise ValueError(f"columns ({self.columns}) must divide each of hidden ({list(self.hidden)})")
            for name in ("between", "recurrent"):
                delays = getattr(self, name)
                if (
                    delays is not None
                    and delays.kind != DelayKind.PARALLEL
                    and (name, len(self.hidden)) != ("between", 1)
                ):
                    raise ValueError(f"columns need {name}.kind = 'parallel', not '{delays.kind}'")
        if self.normalise and self.synaptic_tau is not None:
            raise ValueError("normalise needs delta synapses: synaptic_tau must be absent")
        return self


def leak_factor(tau: float) -> float:
    """Leak a step of a time constant of ``tau`` steps: exp(-1/tau), at most (LEAK_ONE - 1) / LEAK_ONE."""
    return min(math.exp(-1 / tau), (LEAK_ONE - 1) / LEAK_ONE)
