# SPDX-License-Identifier: Apache-2.0
"""A geometry alone, and in a build."""

import dataclasses

import numpy as np
import pytest

from model.config import CoreConfig, preset
from model.geometry import Geometry
from model.image.image import Image
from model.mapping.compiler import compile_network
from model.random_network import random_network
from support.errors import InputError


def test_a_build_adds_the_delay_unit_to_a_geometry() -> None:
    config = preset("odd", delay_unit="scdq")
    geometry = config.geometry()
    assert type(geometry) is Geometry
    assert geometry.numbers() == config.numbers()
    own = {field.name for field in dataclasses.fields(CoreConfig)} - set(geometry.numbers())
    assert own == {"delay_unit", "unit_options", "queue_depth", "queue_memory", "protection"}
    assert CoreConfig(**geometry.numbers(), delay_unit=config.delay_unit, queue_depth=150) == config
    assert not any(hasattr(geometry, name) for name in own)


def test_an_image_is_made_for_a_geometry() -> None:
    """Whatever delay unit the build has that it was compiled for."""
    network = random_network(np.random.default_rng(1), preset("odd"), density=0.2)
    images = [compile_network(network, preset("odd", delay_unit=unit, queue_depth=200)) for unit in ("ring", "scdq")]
    assert type(images[0].geometry) is Geometry
    assert images[0].geometry == images[1].geometry == preset("odd").geometry()
    assert images[0].to_bytes() == images[1].to_bytes()
    assert Image.from_bytes(images[0].to_bytes()).geometry == images[0].geometry


def test_a_network_is_decoded_once() -> None:
    network = random_network(np.random.default_rng(1), preset("odd"), density=0.2)
    image = compile_network(network, preset("odd"))
    assert image.network() is image.network()
    assert image.network() == network


def test_sizes_and_widths() -> None:
    geometry = Geometry(neurons=13, axons=11, delays=7, rows=120, synapse_words=150, lanes=3, weight_bits=5)
    assert (geometry.sources, geometry.source_bits, geometry.neuron_bits) == (24, 5, 4)
    assert (geometry.targets_per_lane, geometry.target_bits, geometry.entry_bits) == (5, 3, 8)
    assert (geometry.delay_bits, geometry.row_bits, geometry.word_bits) == (3, 7, 8)
    assert (geometry.vmin, geometry.vmax, geometry.sum_bits) == (-(1 << 19), (1 << 19) - 1, 36)
    assert geometry.weight_range == (-16, 15)


def test_a_codebook_holds_wide_values_under_few_bits() -> None:
    sizes = {"neurons": 1, "axons": 1, "delays": 1, "rows": 1, "synapse_words": 1}
    assert Geometry(**sizes, codebook=True, weight_bits=1).weight_range == (-128, 127)
    with pytest.raises(InputError, match=r"core configuration: weight_bits must be in 1\.\.4, not 5"):
        Geometry(**sizes, codebook=True, weight_bits=5)
