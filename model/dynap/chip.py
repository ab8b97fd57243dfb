# SPDX-License-Identifier: Apache-2.0
"""What a board of DYNAP-SE2 has room for, and which currents its bias generators make (arXiv 2303.12167)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from support.errors import InputError

KINDS = ("ampa", "gaba", "nmda", "shunt")
"""Of synapses, in the order of their numbers; names as in ``train.mixed_signal.parameters.Synapse``."""
BASE = ("i_w0", "i_w1", "i_w2", "i_w3")
"""The base weights of a core: a synapse adds up some of them."""
NODES = ("mem", *KINDS, "ahp")
BIASES = (
    *(f"i_tau_{node}" for node in NODES), *(f"i_gain_{node}" for node in NODES),
    "i_pulse", "i_pulse_ahp", "i_ref", "i_spkthr", "i_w_ahp", "i_dc", "i_if_nmda",
)  # fmt: skip
"""Currents that a core sets for all its neurons, besides the base weights; names as in
``train.mixed_signal.parameters.Parameters``. Everything else of a neuron is fabricated."""


@dataclass(frozen=True, kw_only=True)
class Chip:
    """The limits of a board; the usual ones are those of four chips."""

    chips: int = 4
    cores: int = 4
    """Of a chip."""
    neurons: int = 256
    """Of a core."""
    synapses: int = 64
    """Of a neuron."""
    destinations: int = 4
    """Of a neuron: tag, chip and a set of its cores each."""
    tags: int = 2048
    """That a core tells apart."""
    ranges: tuple[float, ...] = (70e-12, 550e-12, 4.45e-9, 35e-9, 0.28e-6, 2.25e-6)
    """Largest current in ampere of each coarse value, ascending. The sources give their number; these are ours."""
    fine: int = 255
    """Largest fine value: the current is that share of the range's."""
    dark: float = 0.5e-12
    """Ampere: no current is below."""

    @property
    def all_cores(self) -> int:
        """Of all chips."""
        return self.chips * self.cores

    @property
    def currents(self) -> NDArray[np.float64]:
        """What each coarse and fine value makes, in ampere, (ranges, fine + 1)."""
        shares = np.arange(self.fine + 1) / self.fine
        return np.maximum(np.array(self.ranges)[:, None] * shares, self.dark)

    def current(self, bias: tuple[int, int]) -> float:
        """What a coarse and a fine value make, in ampere."""
        return float(self.currents[bias])

    def bias(self, name: str, current: float) -> tuple[int, int]:
        """The coarse and fine value of a current in ampere: the very one, else the nearest in the lowest range.

        Raises InputError, with the name, for a current that no range reaches.
        """
        made = self.currents
        if not self.dark * (1 - 1e-6) <= current <= made.max() * (1 + 1e-6):
            raise InputError(
                f"biases: {name}: a core makes {self.dark:g} to {made.max():g} A, not {current:g} A"
            )  # fmt: skip
        exact = np.argwhere(made == current)
        if len(exact):
            return int(exact[0, 0]), int(exact[0, 1])
        coarse = min(int(np.searchsorted(self.ranges, current)), len(self.ranges) - 1)
        return coarse, int(np.abs(made[coarse] - current).argmin())


DYNAP_SE2 = Chip()
