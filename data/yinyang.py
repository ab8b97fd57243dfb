# SPDX-License-Identifier: Apache-2.0
"""The Yin-Yang task (arXiv 2102.08211): is a point in yin, in yang or in one of the dots?

A point (x, y) lies in a disc inside the unit square; its four values x, y, 1 - x, 1 - y become one spike each. The sets
are drawn from numpy's RandomState, whose stream never changes, so a size and a seed say what is in them.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Split = Literal["train", "validation", "test"]

RADIUS = 0.5
"""Of the disc, whose centre is (RADIUS, RADIUS)."""
DOT = 0.1
"""Radius of the dots."""
CLASSES = ("yin", "yang", "dot")
SETS: dict[Split, tuple[int, int]] = {"train": (5000, 42), "validation": (1000, 41), "test": (1000, 40)}
"""Published size and seed of each set."""
EARLY, LATE = 0.15, 2.0
"""Times of the spikes of the values 0 and 1, in synaptic time constants."""


@dataclass(frozen=True)
class YinYang:
    """Samples of the task."""

    values: NDArray[np.float64]
    """(samples, 4): x, y, 1 - x, 1 - y."""
    labels: NDArray[np.int64]
    """(samples): index into CLASSES."""

    def __len__(self) -> int:
        return len(self.labels)

    def times(self, *, repeat: int = 1, bias: float | None = None) -> NDArray[np.float64]:
        """Spike times (samples, axons) in synaptic time constants.

        ``repeat``: axons that each value has, one after another; ``bias``: time of a spike on one more axon.
        """
        times = np.tile(EARLY + self.values * (LATE - EARLY), repeat)
        return times if bias is None else np.column_stack((times, np.full(len(times), bias)))


def yin_yang(split: Split) -> YinYang:
    """A published set."""
    return draw(*SETS[split])


def draw(size: int, seed: int) -> YinYang:
    """``size`` samples from ``seed``: a class is drawn, then points until one is of that class."""
    random = np.random.RandomState(seed)
    values, labels = np.empty((size, 4)), np.empty(size, np.int64)
    for n in range(size):
        labels[n] = random.randint(len(CLASSES))
        while True:
            x, y = random.rand(2) * 2 * RADIUS
            if np.hypot(x - RADIUS, y - RADIUS) <= RADIUS and classify(x, y) == labels[n]:
                break
        values[n] = x, y, 1 - x, 1 - y
    return YinYang(values, labels)


def classify(x: float, y: float) -> int:
    """The class of a point in the disc."""
    right = np.hypot(x - 1.5 * RADIUS, y - RADIUS)
    left = np.hypot(x - 0.5 * RADIUS, y - RADIUS)
    if right < DOT or left < DOT:
        return CLASSES.index("dot")
    # The half disc above, less the half circle around the right dot, and with the one around the left.
    first = right <= DOT or DOT < left <= 0.5 * RADIUS or (y > RADIUS and right > 0.5 * RADIUS)
    return int(first)
