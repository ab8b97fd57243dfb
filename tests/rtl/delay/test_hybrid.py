# SPDX-License-Identifier: Apache-2.0
"""The hybrid in a core, with every kind of number of slots: fewer than delay levels, as many, more."""

import numpy as np
import pytest

from model.config import preset
from model.encoding import to_events
from model.mapping.compiler import compile_network
from model.random_network import random_network, random_raster
from tests.rtl.core.test_neurocore import bench, check


@pytest.mark.parametrize("slots", [2, 4, 8, 16])
def test_random_networks(slots: int) -> None:
    """7 delay levels; spikes, read-outs and counters of the golden model, cycles of the cycle model."""
    config = preset("odd", delay_unit="hybrid", unit_options={"slots": slots}, queue_depth=2000)
    rng = np.random.default_rng(slots)
    network = random_network(rng, config, density=0.4, full=True)
    image = compile_network(network, config)
    samples = [to_events(random_raster(rng, network, steps, rate)) for steps, rate in ((12, 0.4), (9, 1.0), (3, 0.1))]
    core = bench(config, "amaranth")
    check(core, image, samples, exact_cycles=True)
    check(core, image, samples[:1], exact_cycles=False, idle=0.4, stall=0.5, seed=slots)


def test_the_image_is_the_same_for_every_number_of_slots() -> None:
    config = preset("odd", delay_unit="hybrid", queue_depth=2000)
    network = random_network(np.random.default_rng(1), config, density=0.4, full=True)
    images = {
        compile_network(network, preset("odd", queue_depth=2000, **unit)).to_bytes()
        for unit in ({}, {"delay_unit": "hybrid"}, {"delay_unit": "hybrid", "unit_options": {"slots": 16}})
    }
    assert len(images) == 1
