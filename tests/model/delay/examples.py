# SPDX-License-Identifier: Apache-2.0
"""What the tests of the units' models share: a build, and arrivals by hand."""

import numpy as np

from model.config import CoreConfig
from model.delay.spec import Arrivals
from model.delay.timing import Offers, Tables, Timing

CONFIG = CoreConfig(neurons=6, axons=4, delays=8, rows=40, synapse_words=64, lanes=2, accumulator_bits=12,
                    queue_depth=40)  # fmt: skip
"""Sources have 4 bits, delay levels 3."""


def arrivals() -> Arrivals:
    """In ten steps sources with highest levels 0, 3 and 7 fire in step 1; the last one again in step 8."""
    raster = np.zeros((10, 3), bool)
    raster[1] = raster[8, 2] = True
    when, source = np.nonzero(raster)
    return Arrivals(raster=raster, levels=np.array([0, 3, 7]), when=when, source=source)


def played(timing: type[Timing], rows: list[dict[int, int]], fired: list[list[int]], *, capacity: int = 99,
           slots: int = 1) -> Timing:  # fmt: skip
    """A unit after these steps: ``rows`` as in ``Tables``, all that a step offers is there from its first cycle on."""
    unit = timing(Tables(rows=rows, highest=[max(row, default=-1) for row in rows], capacity=capacity, slots=slots))
    for sources in fired:
        offers: Offers = [(unit.pipe.opened, source) for source in sources]
        unit.step(offers, unit.pipe.opened)
        unit.pipe.opened = unit.pipe.popped + 1
    return unit
