# SPDX-License-Identifier: Apache-2.0
"""A task that is solved with delays: XOR of the intervals in two channels.

Each of two axons fires twice. Its pair is right if the spikes are INTERVAL steps apart; else they are one of OTHERS
apart, shorter and longer ones. The class is "one" if just one of the two pairs is right, "both or none" otherwise: no
channel alone says anything about it, nor does the number of spikes. The pairs begin at any step, each for itself, and
some spikes that mean nothing come in between.
"""

from pathlib import Path

import numpy as np

from data.rasters.rasters import Rasters, make
from data.rasters.reader import save_rasters
from support.files import make_folder

CLASSES = ("both or none", "one")
INTERVAL = 8
OTHERS = (4, 5, 6, 10, 11, 12)
STEPS = 40
"""Steps with input; a pair begins in any of those that leave room for it."""
NOISE = 0.1
"""Probability of one spike more in a channel."""
GROUPS = 10
"""Numbers in the place of speakers, so that some samples can be held out for validation."""


def draw(path: Path, size: int, seed: tuple[int, ...]) -> Rasters:
    """``size`` samples, of both classes alike as far as chance goes. ``path`` is what they are called."""
    random = np.random.default_rng(seed)
    right = random.integers(0, 2, (size, 2)).astype(bool)
    gap = np.where(right, INTERVAL, random.choice(OTHERS, (size, 2)))
    first = random.integers(0, STEPS - gap)
    noise = random.random((size, 2)) < NOISE
    more = random.integers(0, STEPS, (size, 2))
    raster = np.zeros((size, STEPS, 2), np.bool_)
    sample, axon = np.mgrid[:size, :2]
    for step, there in ((first, True), (first + gap, True), (more, noise)):
        raster[sample, step, axon] |= there
    at = np.nonzero(raster)
    return make(
        path, sample=at[0], step=at[1], axon=at[2], samples=size, labels=right.sum(1) % 2, keys=CLASSES,
        speakers=np.arange(size) % GROUPS, axons=2, steps=STEPS,
    )  # fmt: skip


def write_task(folder: Path, *, train: int, test: int, seed: int) -> list[Path]:
    """Write both sets, drawn apart, and return their files."""
    make_folder(folder)
    written = []
    for part, (name, size) in enumerate((("train", train), ("test", test))):
        path = folder / f"{name}.npz"
        save_rasters(path, draw(path, size, (seed, part)))
        written.append(path)
    return written
