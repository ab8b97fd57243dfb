# SPDX-License-Identifier: Apache-2.0
"""Records: their widths are those of the configuration, and the documents name the same fields."""

import re

import numpy as np
import pytest
from amaranth.hdl import Shape
from amaranth.lib.data import StructLayout

from model.config import CoreConfig, preset
from model.random_network import random_config
from rtl import layouts
from support.paths import ROOT

BUILDS = [preset("odd"), preset("seneca48"), *(random_config(np.random.default_rng(seed)) for seed in range(3))]


@pytest.mark.parametrize("config", BUILDS)
def test_widths_follow_from_the_build(config: CoreConfig) -> None:
    assert layouts.word_layout(config).size == config.lanes * config.entry_bits
    assert layouts.mask_layout(config).size == config.delays + config.row_bits
    assert layouts.words_layout(config).size == config.word_bits + config.target_bits
    assert layouts.state_layout(config).size == 2 * config.state_bits + config.sum_bits + config.refractory_bits
    assert layouts.readout_layout(config).size == config.neuron_bits + config.state_bits + config.sum_bits
    assert config.sources - 1 < 1 << layouts.arrival_layout(config)["source"].width
    assert config.vmax + 1 < 1 << (layouts.parameter_layout(config)["threshold"].width - 1)


def test_a_build_without_refractory_periods_has_no_field_for_them() -> None:
    for layout in (layouts.parameter_layout, layouts.state_layout):
        assert "refractory" not in dict(iter(layout(preset("odd"))))
        assert layout(preset("odd", refractory_bits=5))["refractory"].width == 5


def documented(heading: str) -> list[tuple[str, str]]:
    """The first two columns of the table under a heading of docs/architecture.md."""
    text = (ROOT / "docs" / "architecture.md").read_text().split(f"{heading}\n")[1].split("\n\n**")[0]
    return re.findall(r"^\| `(\w+)` \| ([^|]+) \|", text, re.MULTILINE)


def test_the_trace_is_as_documented() -> None:
    """Names, order and widths of the fields, from bit 0 up."""
    config = preset("odd")
    names = {"16": 16, "1": 1, "neuron_bits": config.neuron_bits, "state_bits signed": config.state_bits}
    layout: StructLayout = layouts.trace_layout(config)
    found = [(name, field.width, Shape.cast(field.shape).signed) for name, field in layout]
    assert found == [(name, names[bits], bits.endswith("signed")) for name, bits in documented("## The trace port")]
    assert [field.offset for _, field in layout] == sorted(field.offset for _, field in layout)


def test_the_kinds_of_tokens() -> None:
    assert [(kind.name, kind.value) for kind in layouts.Kind] == [("EVENT", 0), ("EOS", 1), ("END", 2)]
