# SPDX-License-Identifier: Apache-2.0
"""The configuration of a build: its checks and what follows from it."""

import dataclasses

import pytest

from model.config import PRESETS, CoreConfig, DelayUnit, Protection, check_bits, preset
from support.errors import InputError
from tests.model.examples import build


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"neurons": 0}, "neurons must be in 1..4096, not 0"),
        ({"axons": 16385}, "axons must be in 1..16384, not 16385"),
        ({"delays": 257}, "delays must be in 1..256, not 257"),
        ({"rows": (1 << 20) + 1}, "rows must be in 1..1048576, not 1048577"),
        ({"synapse_words": 0}, "synapse_words must be in 1..1048576, not 0"),
        ({"lanes": 33}, "lanes must be in 1..32, not 33"),
        ({"weight_bits": 1}, "weight_bits must be in 2..8, not 1"),
        ({"weight_bits": 5, "codebook": True}, "weight_bits must be in 1..4, not 5"),
        ({"state_bits": 32}, "state_bits must be in 4..31, not 32"),
        ({"accumulator_bits": 15}, "accumulator_bits must be in 2..14, not 15"),
        ({"queue_depth": 0}, "queue_depth must be in 1..1048576, not 0"),
        ({"neurons": 3.0}, "neurons must be an integer, not 3.0"),
        ({"neurons": True}, "neurons must be an integer, not True"),
        ({"codebook": 1}, "codebook must be true or false, not 1"),
        ({"delay_unit": "fifo"}, "delay_unit must be one of ring, scdq, scdq1, bitmap, hybrid, not 'fifo'"),
        ({"unit_options": {"slots": 4}}, "ring has no option 'slots': expected none"),
        ({"delay_unit": "hybrid", "unit_options": {"ring": 4}}, "hybrid has no option 'ring': expected slots"),
        (
            {"delay_unit": "hybrid", "unit_options": {"slots": 3}},
            "slots of hybrid must be one of 2, 4, 8, 16, 32, 64, not 3",
        ),
        (
            {"delay_unit": "hybrid", "unit_options": {"slots": True}},
            "slots of hybrid must be one of 2, 4, 8, 16, 32, 64, not True",
        ),
        ({"queue_memory": "disk"}, "queue_memory must be one of ram, registers, not 'disk'"),
    ],
)
def test_fields_have_ranges(change: dict, reason: str) -> None:
    with pytest.raises(InputError, match=f"^core configuration: {reason}$"):
        build(**change)


def test_derived_quantities() -> None:
    config = build(neurons=13, axons=11, delays=7, lanes=3, weight_bits=5, accumulator_bits=12, state_bits=14)
    assert (config.sources, config.source_bits, config.neuron_bits, config.delay_bits) == (24, 5, 4, 3)
    assert (config.targets_per_lane, config.target_bits, config.entry_bits) == (5, 3, 8)
    assert (config.vmin, config.vmax, config.weight_range) == (-8192, 8191, (-16, 15))
    assert build(codebook=True, weight_bits=2).weight_range == (-128, 127)
    assert build(neurons=1, lanes=1, delays=1).target_bits == 1


def test_delay_memory_is_what_the_unit_holds() -> None:
    config = build(neurons=48, delays=64, accumulator_bits=8)
    assert config.delay_memory_bits == 24_576
    queue = config.with_unit("scdq", 100)
    assert queue.delay_memory_bits == 48 * 8 + 2 * 100 * (config.source_bits + 6)
    assert queue.slots == 1


def test_the_unit_is_not_part_of_the_geometry() -> None:
    config = build()
    other = config.with_unit(DelayUnit.SCDQ, 9)
    assert other.geometry() == config.geometry()
    assert other.queue_depth == 9
    assert set(config.numbers()) < {field.name for field in dataclasses.fields(CoreConfig)}


def test_presets_are_builds_and_can_be_changed() -> None:
    for name in PRESETS:
        assert preset(name).neurons == PRESETS[name]["neurons"]
    assert preset("tiny", lanes=3).lanes == 3
    with pytest.raises(InputError, match="no preset 'huge': expected one of seneca48, tiny, odd"):
        preset("huge")


def test_memory_of_single_queue_and_history() -> None:
    """A hidden layer of the 48-48 network: 48 sources with 59 levels to 48 neurons."""
    config = build(neurons=48, axons=48, delays=59, accumulator_bits=18, state_bits=20)
    accumulators = config.with_unit("scdq", 1).delay_memory_bits - 2 * (7 + 6)
    two, one = (config.with_unit(unit, 48 * 58).delay_memory_bits - accumulators for unit in ("scdq", "scdq1"))
    assert one * 2 == two == 2 * 48 * 58 * 13
    assert config.with_unit("bitmap", 48).delay_memory_bits - accumulators == 48 * 60


@pytest.mark.parametrize(
    ("width", "parity", "secded"),
    [(1, 1, 4), (4, 1, 4), (5, 1, 5), (11, 1, 5), (26, 1, 6), (42, 1, 7), (57, 1, 7), (96, 1, 8)],
)
def test_check_bits(width: int, parity: int, secded: int) -> None:
    assert [check_bits(width, each) for each in Protection] == [0, parity, secded]


def test_no_width() -> None:
    with pytest.raises(ValueError, match="width must be at least 1, not 0"):
        check_bits(0, Protection.SECDED)
