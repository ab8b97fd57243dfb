# SPDX-License-Identifier: Apache-2.0
"""The golden model with faults: nothing else without one, and what each fault does, worked out by hand."""

from typing import Any

import numpy as np
import pytest

from model.config import CoreConfig, DelayUnit, preset
from model.cost.memories import MemoryName
from model.encoding import to_events
from model.faults.core import FaultyCore
from model.faults.faults import EventFault, EventKind, FaultList, Flip, Stuck
from model.faults.memories import fields, places
from model.golden import GoldenCore
from model.image.image import Image
from model.mapping.compiler import compile_network
from model.network import Network, Neurons, Readout, Reset
from model.random_network import random_config, random_network, random_raster
from tb.core.scoreboard import expected_counters, mismatches


@pytest.mark.parametrize("unit", list(DelayUnit))
@pytest.mark.parametrize("seed", range(6))
def test_without_a_fault_it_is_the_golden_model(seed: int, unit: DelayUnit) -> None:
    rng = np.random.default_rng([seed, 23])
    config = random_config(rng, delay_unit=unit, queue_depth=70 if unit is DelayUnit.BITMAP else 2000)
    network = random_network(rng, config, density=0.4, full=seed % 2 == 0)
    image = compile_network(network, config)
    core, golden = FaultyCore(image, config), GoldenCore(image.network())
    for rate in (0.0, 0.2, 0.7):
        events = to_events(random_raster(rng, network, 25, rate))
        expected, seen = golden.run(events), core.run(events)
        assert [str(each) for each in mismatches(0, expected, seen.result)] == []
        counted = expected_counters(image.network(), config.slots, events, expected)
        assert (seen.lost, int(seen.result.synaptic_operations)) == (0, counted["synaptic_operations"])


def pair(unit: str = "ring", **neurons: Any) -> tuple[CoreConfig, Image]:
    """Axon 0 to neuron 0 with weight 5 at once and 3 two steps later; axon 1 to neuron 1 with weight 2."""
    network = Network(
        axons=2,
        neurons=Neurons(count=2, state_bits=14, **{"threshold": 100, "alpha": 4096, "beta": 0, **neurons}),
        source=[0, 0, 1],
        target=[0, 0, 1],
        delay=[0, 2, 0],
        weight=[5, 3, 2],
        readout=Readout(neurons=(0, 1)),
        max_steps=9,
    )
    config = preset("tiny", delay_unit=unit, queue_depth=2 if unit == "bitmap" else 9)
    return config, compile_network(network, config)


NONE = np.zeros(0, np.int64)
ONCE = [np.array([0, 1]), NONE, NONE, NONE]


def potentials(faults: FaultList, unit: str = "ring", events: Any = ONCE, **neurons: Any) -> list[int]:
    config, image = pair(unit, **neurons)
    return FaultyCore(image, config, faults).run(events).result.potential.tolist()


def flip(memory: MemoryName, address: int, bit: int, **when: int) -> FaultList:
    return FaultList(flips=(Flip(memory=memory, address=address, bit=bit, **when),))


def place(config: CoreConfig, memory: MemoryName, field: str) -> int:
    return places(fields(config, memory))[field].start


def neuron(image: Image, number: int) -> int:
    """Hardware address."""
    return image.order.tolist().index(number)


def test_nothing() -> None:
    assert potentials(FaultList()) == [8, 2]


def test_a_weight() -> None:
    """Bit 3 of the first weight of axon 0, which is 5: 13."""
    config, image = pair()
    lane = neuron(image, 0) % config.lanes
    assert potentials(flip(MemoryName.WORDS, 0, lane * config.entry_bits + 3)) == [16, 2]


def test_an_empty_entry_becomes_a_synapse() -> None:
    """The other lane of the first word: the weight 4 for the neuron at target 0 there."""
    config, image = pair()
    lane = 1 - neuron(image, 0) % config.lanes
    seen = potentials(flip(MemoryName.WORDS, 0, lane * config.entry_bits + 2))
    assert seen == ([8, 6] if neuron(image, 1) == lane else [8, 2])


def test_a_mask_bit_moves_the_rows_behind_it() -> None:
    """Level 0 of axon 0 is gone. Level 2 then has no set bit below it, so its row is the first one: the weight is 5."""
    assert potentials(flip(MemoryName.MASKS, 0, 0)) == [5, 2]


def test_a_row_that_begins_elsewhere() -> None:
    """The first row begins at the second word, the weight 3, instead of the first."""
    assert potentials(flip(MemoryName.ROWS, 0, 0)) == [6, 2]


def test_a_row_that_is_longer() -> None:
    """The first row is two words long: 5 and 3 come at once, and 3 again."""
    config, _ = pair()
    assert potentials(flip(MemoryName.ROWS, 0, place(config, MemoryName.ROWS, "more"))) == [11, 2]


def test_a_parameter() -> None:
    """The factor of the leak has its bit 12 alone: without it nothing is kept from step to step."""
    config, image = pair()
    bit = place(config, MemoryName.PARAMETERS, "alpha") + 12
    assert potentials(flip(MemoryName.PARAMETERS, neuron(image, 0), bit)) == [0, 2]


def test_a_leak_beyond_one() -> None:
    """alpha becomes 4096 + 2048: a factor of 1.5, which no image has."""
    config, image = pair()
    bit = place(config, MemoryName.PARAMETERS, "alpha") + 11
    assert potentials(flip(MemoryName.PARAMETERS, neuron(image, 0), bit)) == [int((int(5 * 1.5) * 1.5) + 3) * 3 // 2, 2]


def test_a_reset_that_there_is_not_keeps_the_potential() -> None:
    config, image = pair()
    bit = place(config, MemoryName.PARAMETERS, "reset") + 1
    faults = flip(MemoryName.PARAMETERS, neuron(image, 0), bit)
    assert potentials(FaultList(), threshold=6, reset=Reset.SUBTRACT) == [2, 2]
    assert potentials(faults, threshold=6, reset=Reset.SUBTRACT) == [8, 2]


def test_a_potential_after_a_step() -> None:
    """Bit 6 at the end of step 1: 64 more; at the end of the last step it is read out."""
    config, image = pair()
    bit = place(config, MemoryName.STATES, "potential") + 6
    for step in (1, 3):
        assert potentials(flip(MemoryName.STATES, neuron(image, 0), bit, sample=0, step=step)) == [72, 2]
    assert potentials(flip(MemoryName.STATES, neuron(image, 0), bit, sample=1, step=1)) == [8, 2]


def test_an_accumulator_of_a_later_slot() -> None:
    """In the ring, the 3 that arrives in step 2 is in slot 2 already at the end of step 0: bit 4 makes it 19."""
    config, image = pair()
    address = (2 << config.target_bits) + neuron(image, 0) // config.lanes
    lane = neuron(image, 0) % config.lanes
    faults = FaultList(
        flips=(Flip(memory=MemoryName.ACCUMULATORS, copy=lane, address=address, bit=4, sample=0, step=0),)
    )
    assert potentials(faults) == [24, 2]


def test_a_stuck_bit() -> None:
    """Bit 1 of slot 0 of neuron 0 is 1 in steps 0 and 4; the ring comes back to it."""
    config, image = pair()
    lane, index = neuron(image, 0) % config.lanes, neuron(image, 0) // config.lanes
    faults = FaultList(stuck=(Stuck(lane=lane, address=index, bit=1, value=1),))
    assert potentials(faults) == [10, 2]
    assert potentials(faults, events=[*ONCE, NONE]) == [12, 2]


def test_a_queued_event_of_another_source() -> None:
    """The event of axon 0 waits in the queue; at the end of step 0 it becomes one of axon 1, which has no level 2."""
    for unit in ("scdq", "scdq1"):
        config, _ = pair(unit)
        copy = 1 if unit == "scdq" else 0
        faults = FaultList(
            flips=(Flip(memory=MemoryName.QUEUE, copy=copy, address=0, bit=config.delay_bits, sample=0, step=0),)
        )
        assert potentials(FaultList(), unit) == [8, 2]
        assert potentials(faults, unit) == [5, 2]


def test_a_bit_of_the_history() -> None:
    """The bit of axon 0's spike in step 0 is gone after step 1: 3 never arrives. Another bit of it makes no row."""
    assert potentials(flip(MemoryName.HISTORY, 0, 1, sample=0, step=1), "bitmap") == [5, 2]
    assert potentials(flip(MemoryName.HISTORY, 1, 1, sample=0, step=1), "bitmap") == [8, 2]


@pytest.mark.parametrize("unit", list(DelayUnit))
def test_events(unit: DelayUnit) -> None:
    """Dropped, late, doubled; a history has one bit for both events, queues and ring add both in each step."""
    config, _ = pair(unit)

    def seen(kind: EventKind) -> list[int]:
        return potentials(FaultList(events=(EventFault(kind=kind, sample=0, step=0, axon=0),)), unit)

    assert seen(EventKind.DROPPED) == [0, 2]
    assert seen(EventKind.LATE) == [8, 2]
    assert seen(EventKind.DOUBLED) == ([13, 2] if config.queue_depth == 2 else [16, 2])


def test_a_queue_that_a_doubled_event_overfills() -> None:
    config, image = pair("scdq1")
    image = compile_network(image.network(), config, capacity=1)
    faults = FaultList(events=(EventFault(kind=EventKind.DOUBLED, sample=0, step=0, axon=0),))
    seen = FaultyCore(image, config, faults).run(ONCE)
    assert (seen.lost, seen.result.potential.tolist()) == (1, [13, 2])
