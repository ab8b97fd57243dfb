# SPDX-License-Identifier: Apache-2.0
"""A small network, its image and recordings for it, that the tests of the flow share."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from data.shd import reader as shd
from model.config import preset
from model.encoding import Encoding
from model.image.image import Image
from model.mapping.compiler import compile_network
from model.network import Network, Readout, ReadoutKind
from model.random_network import random_network

CLASSES = ("red", "green", "blue")


def small_network(seed: int = 7) -> Network:
    """A random recurrent network of four axons and six neurons, which plays recordings of three classes."""
    network = random_network(np.random.default_rng(seed), preset("tiny"), full=True)
    return replace(
        network,
        name="small",
        labels=CLASSES,
        readout=Readout(neurons=(4, 1, 3), kind=ReadoutKind.POTENTIAL_SUM),
        encoding=Encoding(units=700, axons=4, steps=8, step_seconds=None, drain=3),
    )


def small_image(seed: int = 7) -> Image:
    """The image of ``small_network`` for the build ``tiny``."""
    return compile_network(small_network(seed), preset("tiny"))


def write_recordings(path: Path, count: int = 6, keys: tuple[str, ...] = CLASSES) -> None:
    """Random recordings of the classes ``keys`` in turn."""
    rng = np.random.default_rng(3)
    spikes = []
    for _ in range(count):
        size = int(rng.integers(10, 40))
        spikes.append((np.sort(rng.random(size)), rng.integers(0, 700, size)))
    labels = [index % len(keys) for index in range(count)]
    shd.write(path, spikes, labels=labels, speakers=[0] * count, keys=keys)
