# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from flow.silicon.memories import memories
from model.config import DelayUnit, preset
from model.cost.memories import MemoryName, MemoryShape
from model.faults.memories import IMAGE, decode, encode, fields, load, places, shapes, wrap
from model.mapping.compiler import compile_network
from model.random_network import random_network


@pytest.mark.parametrize("unit", list(DelayUnit))
@pytest.mark.parametrize("name", ["tiny", "odd", "seneca48"])
def test_shapes_are_those_of_the_build(unit: DelayUnit, name: str) -> None:
    """The memories that the area is counted of, but for the spike FIFO, which is empty between steps."""
    config = preset(name, delay_unit=unit, queue_depth=33, refractory_bits=4)
    built: dict[MemoryName, MemoryShape] = {
        each.name: each for each in memories(config) if each.name is not MemoryName.SPIKES
    }
    found = shapes(config)
    assert set(found) == set(built)
    for memory, shape in found.items():
        assert (shape.copies, shape.depth, shape.width) == (
            built[memory].copies, built[memory].depth, built[memory].width,
        )  # fmt: skip
        assert sum(bits for _, bits in fields(config, memory)) == shape.width


def test_numbers_and_bits() -> None:
    values = np.array([-8, -1, 0, 1, 7])
    assert decode(encode(values, 4), signed=True).tolist() == values.tolist()
    assert decode(encode(values, 4)).tolist() == [8, 15, 0, 1, 7]
    assert encode(np.array([6]), 4).tolist() == [[False, True, True, False]]
    assert wrap(np.array([8, -9, 16, 7]), 4).tolist() == [-8, 7, 0, 7]


def test_what_the_loader_writes() -> None:
    """Masks and rows of the image in their places, numbers of first rows and words counted, nothing elsewhere."""
    config = preset("odd", refractory_bits=2)
    image = compile_network(random_network(np.random.default_rng(1), config, density=0.3), config)
    content = load(image, config)
    assert set(content) == set(IMAGE)
    masks, where = content[MemoryName.MASKS], places(fields(config, MemoryName.MASKS))
    assert (masks[: image.axons_used, : image.axon_levels] == image.axon_mask).all()
    assert (masks[config.axons : config.axons + image.neurons_used, : image.neuron_levels] == image.neuron_mask).all()
    assert not masks[image.axons_used : config.axons].any()
    base, row = decode(masks[:, where["base"]]), 0
    for source in [*range(image.axons_used), *range(config.axons, config.axons + image.neurons_used)]:
        assert base[source] == row
        row += int(masks[source, where["mask"]].sum())
    assert row == image.rows_used
    rows = content[MemoryName.ROWS]
    assert decode(rows[: image.rows_used, : config.word_bits]).tolist() == image.row_start.tolist()
    words = content[MemoryName.WORDS][: image.words_used].reshape(-1, config.lanes, config.entry_bits)
    assert (decode(words[:, :, : config.weight_bits], signed=True) == image.synapse_weight).all()
    assert (decode(words[:, :, config.weight_bits :]) == image.synapse_target).all()
    stored, places_of = content[MemoryName.PARAMETERS], places(fields(config, MemoryName.PARAMETERS))
    for name in ("alpha", "reset", "refractory"):
        assert decode(stored[: image.neurons_used, places_of[name]]).tolist() == image.parameters[name].tolist()
    threshold = decode(stored[: image.neurons_used, places_of["threshold"]], signed=True)
    assert threshold.tolist() == image.parameters["threshold"].tolist()
