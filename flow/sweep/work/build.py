# SPDX-License-Identifier: Apache-2.0
"""The network, build and input of a task."""

import numpy as np

from flow.run.recordings import Samples, load_samples
from flow.sweep.kinds import Build, Sim
from model.image.image import Image
from model.imperfect.codebook import with_codebook
from model.limits import LANES
from model.mapping.compiler import compile_network, fit, with_lanes
from model.network import Network
from model.random_network import random_layers


def built(options: Build) -> Image:
    """The image of a task: as it is, or compiled anew. Raises InputError where no build can hold it."""
    if options.image is not None:
        image = Image.load(options.image)
        if options.codebook_bits is None:
            return with_lanes(image, options.lanes)
        network, lanes = image.network(), options.lanes or image.geometry.lanes
    else:
        assert options.sizes is not None
        network = random_layers(np.random.default_rng(options.network_seed), sizes=options.sizes)
        lanes = options.lanes or LANES.default
    if options.codebook_bits is not None:
        network = with_codebook(network, 1 << options.codebook_bits)
    config = fit(network, lanes=lanes, codebook=options.codebook_bits is not None)
    return compile_network(network, config)


def input_of(options: Sim, network: Network) -> Samples:
    """Recordings, or random input without labels. Raises InputError for recordings that the network cannot play."""
    if options.data is not None:
        return load_samples(options.data, network, options.samples)
    dice = np.random.default_rng([options.network_seed, 1])
    shape = options.samples, options.steps, network.axons
    none = np.full(options.samples, -1)
    return Samples(name="random input", rasters=dice.random(shape) < options.rate, classes=none, speakers=none)
