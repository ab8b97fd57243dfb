# SPDX-License-Identifier: Apache-2.0
"""The memories of a build: by its configuration, as Yosys finds them in the exported RTL, as the model sums them."""

from collections import Counter

import numpy as np
import pytest

from flow.silicon.memories import delay_memories, found_memories, memories
from model.config import CoreConfig, DelayUnit, preset
from model.cost.memories import MemoryName
from model.cost.timing import ROW_QUEUE
from model.random_network import random_config
from rtl.core.neurocore import Core
from rtl.delay.unit import delay_unit


def builds(unit: DelayUnit) -> list[CoreConfig]:
    return [
        preset("odd", delay_unit=unit, queue_depth=24),
        preset("odd", delay_unit=unit, queue_depth=24, refractory_bits=5, protection="secded"),
        random_config(np.random.default_rng(4)).with_unit(unit, 19),
    ]  # fmt: skip


@pytest.mark.parametrize("unit", list(DelayUnit))
def test_what_yosys_finds(unit: DelayUnit) -> None:
    for config in builds(unit):
        expected: Counter[tuple[int, int]] = Counter()
        for each in memories(config):
            expected[each.depth, each.width] += each.copies
        found = Counter(
            (each.depth, each.width) for each in found_memories(Core(config), "core") if each.name != "history flags"
        )
        [row_queue] = found - expected
        assert row_queue[0] == ROW_QUEUE
        assert expected - found == Counter()


@pytest.mark.parametrize("unit", list(DelayUnit))
def test_delay_memory_as_the_model_sums_it(unit: DelayUnit) -> None:
    """``CoreConfig.delay_memory_bits`` is what Yosys finds of accumulators, queues and histories."""
    config = preset("odd", delay_unit=unit, queue_depth=24)
    found = found_memories(Core(config), "core")
    bits = sum(each.bits for each in found if "accumulators" in each.module or "delay" in each.module)
    assert bits == config.delay_memory_bits
    flags = config.spec.flag_bits(config)
    accumulators = sum(each.bits for each in memories(config) if each.name is MemoryName.ACCUMULATORS)
    own = sum(each.bits for each in delay_memories(config)) + flags
    assert own == bits - (0 if config.slots > 1 else accumulators)


@pytest.mark.parametrize("unit", list(DelayUnit))
def test_the_unit_alone_holds_what_it_holds_in_a_core(unit: DelayUnit) -> None:
    config = preset("odd", delay_unit=unit, queue_depth=24)
    inside = [(each.name, each.bits) for each in found_memories(Core(config), "core") if "delay" in each.module]
    alone = [(each.name, each.bits) for each in found_memories(delay_unit(config), "unit")]
    assert sorted(inside) == sorted(alone)
