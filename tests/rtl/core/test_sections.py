# SPDX-License-Identifier: Apache-2.0
"""The walk through an image, against the host's own parts of it."""

from itertools import groupby
from typing import Any

import numpy as np
import pytest

from model.config import CoreConfig, preset
from model.image.image import Image
from model.image.info import to_json
from model.image.records import mask_bytes, parameter_bytes, row_bytes
from model.mapping.compiler import compile_network
from model.random_network import random_network
from rtl.core.sections import FIELDS, Section, SectionWalker, prefix
from tests.rtl.simulate import simulate

BUILDS = {
    "odd": preset("odd"),
    "tiny": preset("tiny"),
    "codebook": preset("odd", codebook=True, weight_bits=3),
    "refractory": preset("odd", refractory_bits=9),
}


def compiled(config: CoreConfig, density: float) -> Image:
    return compile_network(random_network(np.random.default_rng(4), config, density=density), config)


def expected(image: Image) -> list[tuple[Section, int]]:
    """The sections of an image and their bytes, by the host's records."""
    config = image.geometry
    sizes = {
        Section.PREFIX: 28,
        **FIELDS,
        Section.CODEBOOK: 1 << config.weight_bits if config.codebook else 0,
        Section.NEURONS: image.neurons_used * sum(size for _, size, _ in parameter_bytes(config)),
        Section.AXON_MASKS: len(image.axon_mask) * mask_bytes(image.axon_mask.shape[1]),
        Section.NEURON_MASKS: len(image.neuron_mask) * mask_bytes(image.neuron_mask.shape[1]),
        Section.ROWS: image.rows_used * row_bytes(config),
        Section.WORDS: image.words_used * -(-config.lanes * config.entry_bits // 8),
        Section.INFO: len(to_json(image.info)),
        Section.CRC: 4,
    }
    return [(section, sizes[section]) for section in Section if sizes[section]]


@pytest.mark.parametrize("density", [0.0, 0.3])
@pytest.mark.parametrize("build", BUILDS)
def test_every_byte_is_in_its_section(build: str, density: float) -> None:
    image = compiled(BUILDS[build], density)
    data, walker, places = image.to_bytes(), SectionWalker(BUILDS[build]), list[Section]()
    ends = []

    async def bench(ctx: Any) -> None:
        used = {"axons_used": image.axons_used, "neurons_used": image.neurons_used, "rows_used": image.rows_used,
                "words_used": image.words_used, "axon_levels": image.axon_mask.shape[1],
                "neuron_levels": image.neuron_mask.shape[1], "info_bytes": len(to_json(image.info))}  # fmt: skip
        for name, value in used.items():
            ctx.set(getattr(walker, name), value)
        ctx.set(walker.advance, 1)
        for _ in data:
            places.append(Section(ctx.get(walker.section)))
            if ctx.get(walker.section_end):
                ends.append(places[-1])
            await ctx.tick()
        ctx.set(walker.restart, 1)
        await ctx.tick()
        assert ctx.get(walker.section) == Section.PREFIX
        assert ctx.get(walker.record) == ctx.get(walker.byte) == 0

    simulate(walker, bench)
    assert [(section, len(list(same))) for section, same in groupby(places)] == expected(image)
    assert ends == [section for section, _ in expected(image)]


@pytest.mark.parametrize("build", BUILDS)
def test_the_prefix_is_how_images_of_the_build_begin(build: str) -> None:
    assert compiled(BUILDS[build], 0.3).to_bytes().startswith(prefix(BUILDS[build]))
