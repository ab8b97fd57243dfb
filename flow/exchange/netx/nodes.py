# SPDX-License-Identifier: Apache-2.0
"""What a NetX file has beside nodes of NIR: Loihi's neurons. The nodes of NIR are here without its package."""

from dataclasses import dataclass

import numpy as np

from flow.exchange.operators import FloatArray

WEIGHT_SHIFT = 6
"""Loihi's state counts in 2**-WEIGHT_SHIFT of a weight."""
STATE_LIMIT = (1 << 23) - 1
"""Largest potential and current of Loihi, in that unit."""


@dataclass(frozen=True, kw_only=True)
class Loihi:
    """Current-based neurons of one layer; those of ``LoihiReadOut`` never spike.

    u[t] = leak(u[t-1], 4096 - i_decay) + 64 * arrivals; v[t] = leak(v[t-1], 4096 - v_decay) + u[t] + 64 * bias, where a
    leak is rounded toward zero and v saturates; spike if v[t] > 64 * threshold, then v = 0.
    """

    shape: tuple[int, ...]
    i_decay: FloatArray
    """Each 0 to 4096, shape (neurons,)."""
    v_decay: FloatArray
    threshold: FloatArray
    """In units of a weight, as the bias is."""
    bias: FloatArray

    @property
    def r(self) -> FloatArray:
        """What an input counts, as of a neuron of NIR."""
        return np.ones(self.shape)


class LoihiReadOut(Loihi):
    """Neurons whose threshold no potential reaches."""


@dataclass(frozen=True)
class Input:
    """Events of a shape."""

    output_type: dict[str, FloatArray]


@dataclass(frozen=True)
class Output:
    """What the last layer sends."""


@dataclass(frozen=True)
class Linear:
    """A matrix, shape (targets, sources)."""

    weight: FloatArray


@dataclass(frozen=True)
class Conv2d:
    """A convolution, as torch has it: weight (outputs, inputs of a group, height, width)."""

    weight: FloatArray
    stride: tuple[int, ...]
    padding: tuple[int, ...]
    dilation: tuple[int, ...]
    groups: int
    bias: None = None


@dataclass(frozen=True)
class Flatten:
    """All values in C order."""

    start_dim: int = 0
    end_dim: int = -1


@dataclass(frozen=True)
class Delay:
    """Delays in steps, of the shape of what it gets."""

    delay: FloatArray
