# SPDX-License-Identifier: Apache-2.0
"""The hybrid as the model sees it: memory, what is judged and held, by hand."""

import numpy as np

from model.config import CoreConfig
from model.cost.memories import MemoryName
from model.delay.spec import Arrivals

GEOMETRY = CoreConfig(neurons=48, axons=48, delays=62, rows=100, synapse_words=100, lanes=8, accumulator_bits=16)


def build(slots: int, depth: int = 500) -> CoreConfig:
    return GEOMETRY.with_unit("hybrid", depth, slots=slots)


def test_slots_are_accumulators_and_an_entry_has_a_window() -> None:
    for slots, windows in ((2, 31), (4, 16), (8, 8), (64, 1)):
        config = build(slots)
        [queue] = config.spec.memories(config)
        bits = max(1, (windows - 1).bit_length())
        assert (config.slots, queue.depth, queue.width) == (slots, 500, 7 + bits)
        assert config.delay_memory_bits == 500 * (7 + bits) + 8 * 8 * slots * 16


def test_the_default_is_four_slots() -> None:
    assert GEOMETRY.with_unit("hybrid").unit_options == (("slots", 4),)
    assert GEOMETRY.with_unit("hybrid").with_unit("ring").unit_options == ()


def test_an_event_is_judged_once_in_as_many_steps_as_there_are_slots() -> None:
    """Three sources with highest levels 0, 9 and 61 fire in step 2 of 80; then one with 61 in the last step but 8."""
    raster = np.zeros((80, 4), bool)
    raster[2, :3] = raster[71, 3] = True
    when, source = np.nonzero(raster)
    arrivals = Arrivals(raster=raster, levels=np.array([0, 9, 61, 61]), when=when, source=source)
    config = build(8)
    moves = config.spec.moves(config, arrivals)
    assert moves.lookups == 4 + 1 + 7 + 1  # after the arrival: in steps 10; 10, 18, .., 58; 79
    queue = moves.memories[MemoryName.QUEUE]
    assert (queue.reads, queue.writes) == (9, 10)  # the last one is kept for step 87, which does not come
    assert config.spec.held_levels(config, arrivals.highest).tolist() == [0, 8, 56, 56]


def test_formula() -> None:
    config = build(4)
    assert config.spec.formula_bits(config, sources=48, targets=20, activity=0.5) == 0.5 * 48 * 62 * 11 + 20 * 4 * 16
