# SPDX-License-Identifier: Apache-2.0
"""The checks of single records: each at the edges of what it lets in."""

from typing import Any

import pytest
from amaranth.hdl import Module, Signal
from amaranth.sim import Simulator

from model.config import preset
from model.image.image import Status
from model.limits import LEAK_ONE
from rtl.core.checks import NeuronRecord, RecordCheck
from rtl.core.sections import Section, prefix, record_bytes

CONFIG = preset("tiny")
HEADER = {"neurons_used": 5, "axon_levels": 3, "neuron_levels": 2, "rows_used": 7}
FIELDS = (
    (Section.AXONS_USED, (1, CONFIG.axons), (0, CONFIG.axons + 1), Status.BAD_COUNT),
    (Section.NEURONS_USED, (1, CONFIG.neurons), (0, CONFIG.neurons + 1), Status.BAD_COUNT),
    (Section.AXON_LEVELS, (1, CONFIG.delays), (0, CONFIG.delays + 1), Status.BAD_COUNT),
    (Section.NEURON_LEVELS, (1, CONFIG.delays), (0, CONFIG.delays + 1), Status.BAD_COUNT),
    (Section.ROWS_USED, (0, CONFIG.rows), (CONFIG.rows + 1, 1 << 31), Status.BAD_COUNT),
    (Section.WORDS_USED, (7, CONFIG.synapse_words), (6, CONFIG.synapse_words + 1), Status.BAD_COUNT),
    (Section.MAX_STEPS, (1, 65535), (0,), Status.BAD_COUNT),
    (Section.ZERO, (0,), (1, 1 << 15), Status.BAD_COUNT),
    (Section.INFO_BYTES, (0, (1 << 32) - 1), (), Status.BAD_COUNT),
    (Section.AXON_MASKS, (0, 0b111), (0b1000, 0b1001), Status.BAD_MASK),
    (Section.NEURON_MASKS, (0, 0b11), (0b100,), Status.BAD_MASK),
    (Section.ROWS, (0, CONFIG.targets_per_lane - 1), (CONFIG.targets_per_lane,), Status.BAD_ROW),
    (Section.CRC, (0, 1 << 31), (), Status.BAD_CRC),
)


def faults(records: list[tuple[Section, int, int]]) -> list[Status]:
    """What is found wrong with each (section, index, record), after the header of above."""
    check, found, m = RecordCheck(CONFIG), list[Status](), Module()
    m.submodules.check = check

    async def bench(ctx: Any) -> None:
        for name, value in HEADER.items():
            ctx.set(getattr(check, name), value)
        await ctx.tick()
        for section, index, record in records:
            ctx.set(check.section, section)
            ctx.set(check.index, index)
            ctx.set(check.record, record)
            await ctx.tick()
            found.append(Status(ctx.get(check.fault)))

    simulator = Simulator(m)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run()
    return found


@pytest.mark.parametrize(("section", "right", "wrong", "status"), FIELDS)
def test_the_edges_of_a_range(section: Section, right: tuple[int, ...], wrong: tuple[int, ...], status: Status) -> None:
    records = [(section, 0, value) for value in (*right, *wrong)]
    assert faults(records) == [Status.EMPTY] * len(right) + [status] * len(wrong)


def test_every_byte_of_the_prefix() -> None:
    known = prefix(CONFIG)
    assert set(faults([(Section.PREFIX, index, byte) for index, byte in enumerate(known)])) == {Status.EMPTY}
    wrong = faults([(Section.PREFIX, index, byte ^ 4) for index, byte in enumerate(known)])
    assert wrong == [Status.BAD_MAGIC] * 4 + [Status.BAD_VERSION] * 2 + [Status.BAD_BUILD] * (len(known) - 6)


def test_parameters_of_a_neuron() -> None:
    def packed(**values: int) -> int:
        given = {"alpha": 0, "beta": 0, "bias": 0, "threshold": 0, "floor": 0, "reset": 0, **values}
        widths, place, record = (16, 16, 16, 16, 16, 8), 0, 0
        for width, value in zip(widths, given.values(), strict=True):
            record |= value % (1 << width) << place
            place += width
        return record

    low, high = CONFIG.vmin, CONFIG.vmax
    right = [{"alpha": LEAK_ONE, "beta": LEAK_ONE}, {"bias": low, "floor": high}, {"bias": high, "floor": low},
             {"threshold": high + 1}, {"threshold": low}, {"reset": 2}, {"reset": 1, "threshold": 0}]  # fmt: skip
    wrong = [{"alpha": LEAK_ONE + 1}, {"beta": LEAK_ONE + 1}, {"bias": low - 1}, {"bias": high + 1},
             {"floor": low - 1}, {"floor": high + 1}, {"threshold": high + 2}, {"threshold": low - 1}, {"reset": 3},
             {"reset": 1, "threshold": -1}]  # fmt: skip
    found = faults([(Section.NEURONS, 0, packed(**values)) for values in (*right, *wrong)])
    assert found == [Status.EMPTY] * len(right) + [Status.BAD_PARAMETER] * len(wrong)


def test_entries_of_a_word() -> None:
    """Five neurons in two lanes: three in the first, two in the second."""
    bits, entry = CONFIG.weight_bits, CONFIG.entry_bits
    right = [0, 1 | 2 << bits, (1 | 1 << bits) << entry]
    wrong = [1 | 3 << bits, (1 | 2 << bits) << entry, 1 << bits]
    found = faults([(Section.WORDS, 0, record) for record in (*right, *wrong)])
    assert found == [Status.EMPTY] * 3 + [Status.BAD_WORD] * 3


def test_a_record_without_refractory_bits_has_no_field_for_them() -> None:
    assert len(NeuronRecord(CONFIG, Signal(8 * record_bytes(CONFIG)[Section.NEURONS])).refractory) == 0
