# SPDX-License-Identifier: Apache-2.0
"""The ring holds nothing: every row leaves at once, and the accumulators wait."""

import numpy as np

from model.faults.held import Held, Rows
from model.network import IntArray


class RingHeld(Held):
    """Lists the rows of each arrival."""

    def reset(self) -> None:
        """See the base class."""

    def step(self, arrivals: IntArray) -> Rows:
        """See the base class."""
        which, level = np.nonzero(self.mask[arrivals])
        return arrivals[which], level


HELD = RingHeld
