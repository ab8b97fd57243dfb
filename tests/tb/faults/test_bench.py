# SPDX-License-Identifier: Apache-2.0
"""The same faults in the running RTL and in the golden model: the same spikes, potentials, sums and counts."""

from collections.abc import Iterator
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from model.config import CoreConfig, DelayUnit, preset
from model.cost.memories import MemoryName
from model.encoding import to_events
from model.faults.core import FaultyCore
from model.faults.faults import EventKind, FaultList, Flip, draw_events, draw_flips, draw_stuck
from model.faults.memories import IMAGE, shapes
from model.golden import GoldenCore
from model.image.image import Image
from model.mapping.compiler import compile_network
from model.network import Network, Neurons, Readout
from model.random_network import random_network, random_raster
from support.errors import InputError
from tb.core.bench import EVENTS
from tb.core.scoreboard import mismatches
from tb.faults.bench import FaultBench

STEPS = 20


def build(unit: DelayUnit) -> CoreConfig:
    """No size is a power of two, so that addresses and windows can be beyond what is there."""
    depth = 24 if unit is DelayUnit.BITMAP else 300
    return preset("odd", delay_unit=unit, queue_depth=depth, delays=11, rows=250, synapse_words=290, refractory_bits=3)


@cache
def bench(config: CoreConfig) -> FaultBench:
    return FaultBench(config)


@cache
def case(unit: DelayUnit, seed: int) -> tuple[CoreConfig, Image, tuple[EVENTS, ...]]:
    """A build, a network for it, and two samples."""
    config, rng = build(unit), np.random.default_rng([seed, 13])
    network = random_network(rng, config, density=(0.15, 0.5)[seed % 2], full=seed % 2 == 1)
    image = compile_network(network, config)
    rasters = (random_raster(rng, network, STEPS, rate) for rate in (0.1, 0.4))
    return config, image, tuple([rng.permutation(axons) for axons in to_events(raster)] for raster in rasters)


def lists(unit: DelayUnit, seed: int) -> Iterator[tuple[str, FaultList]]:
    """Faults of each kind alone, then all of them together."""
    config, _, samples = case(unit, seed)
    rng = np.random.default_rng([seed, 17])
    for memory in shapes(config):
        times = range(1 if memory in IMAGE else len(samples))
        flips = (draw_flips(config, memory, 0.01, rng, steps=STEPS, sample=number) for number in times)
        yield memory, FaultList(flips=sum(flips, ()))
    yield "stuck", FaultList(stuck=draw_stuck(config, 0.05, rng))
    for kind in EventKind:
        drawn = (draw_events(kind, events, 0.2, rng, sample=number) for number, events in enumerate(samples))
        yield kind, FaultList(events=sum(drawn, ()))
    every = [faults for _, faults in lists_of(config, samples, rng)]
    yield (
        "all",
        FaultList(
            flips=sum((faults.flips for faults in every), ()),
            stuck=draw_stuck(config, 0.01, rng),
            events=every[-1].events,
        ),
    )


def lists_of(
    config: CoreConfig, samples: tuple[EVENTS, ...], rng: np.random.Generator
) -> Iterator[tuple[str, FaultList]]:
    for memory in shapes(config):
        times = range(1 if memory in IMAGE else len(samples))
        flips = (draw_flips(config, memory, 0.002, rng, steps=STEPS, sample=number) for number in times)
        yield memory, FaultList(flips=sum(flips, ()))
    yield "events", FaultList(events=draw_events(EventKind.LATE, samples[1], 0.1, rng, sample=1))


def differences(
    config: CoreConfig, image: Image, samples: tuple[EVENTS, ...], faults: FaultList
) -> tuple[list[str], bool]:
    """What differs between RTL and golden model, and whether the faults made any difference at all."""
    core, network = FaultyCore(image, config, faults), image.network()
    wrong, matters = [], False
    for number, outcome in enumerate(bench(config).play_faulty(image, samples, faults)):
        expected = core.run(samples[number], number)
        wrong += [str(each) for each in mismatches(number, expected.result, outcome.result)]
        for name, value in (("lost_events", expected.lost),
                            ("synaptic_operations", int(expected.result.synaptic_operations))):  # fmt: skip
            if outcome.counters[name] != value:
                wrong.append(f"sample {number}: {name} is {outcome.counters[name]}, expected {value}")
        matters |= any(True for _ in mismatches(number, GoldenCore(network).run(samples[number]), outcome.result))
    return wrong, matters


@pytest.mark.parametrize("unit", list(DelayUnit))
def test_rtl_and_golden_model_agree(unit: DelayUnit) -> None:
    """Every memory, every kind of event fault, in two networks: equal, and each kind changes something somewhere."""
    seen: dict[str, bool] = {}
    for seed in range(2):
        config, image, samples = case(unit, seed)
        for name, faults in lists(unit, seed):
            wrong, matters = differences(config, image, samples, faults)
            assert wrong == [], f"{name}, seed {seed}"
            seen[name] = seen.get(name, False) or matters
    assert [name for name, matters in seen.items() if not matters] == []


def test_the_comparison_can_fail() -> None:
    """With one flip less in the golden model, the two differ."""
    unit = DelayUnit.RING
    config, image, samples = case(unit, 1)
    flips = tuple(
        Flip(memory=MemoryName.STATES, address=neuron, bit=20, sample=0, step=STEPS - 1)
        for neuron in range(image.neurons_used)
    )
    (outcome,) = bench(config).play_faulty(image, samples[:1], FaultList(flips=flips))
    expected = FaultyCore(image, config, FaultList(flips=flips[1:])).run(samples[0])
    assert [each.what for each in mismatches(0, expected.result, outcome.result)] == ["final potential"]


def test_a_part_of_the_samples() -> None:
    """Sample 1 alone has the faults that the list has for it, with waits of the host as well."""
    config, image, samples = case(DelayUnit.RING, 0)
    rng = np.random.default_rng(5)
    faults = FaultList(flips=draw_flips(config, MemoryName.STATES, 0.02, rng, steps=STEPS, sample=1))
    core = FaultyCore(image, config, faults)
    played = bench(config).play_faulty(image, samples[1:], faults, numbers=[1], idle=0.4, stall=0.4)
    for outcome in played:
        assert [str(each) for each in mismatches(1, core.run(samples[1], 1).result, outcome.result)] == []


def test_faults_that_cannot_be() -> None:
    config, image, samples = case(DelayUnit.RING, 0)
    faults = FaultList(flips=(Flip(memory=MemoryName.QUEUE, address=0, bit=0, sample=0, step=0),))
    with pytest.raises(InputError, match="flip 0: a build with ring has no event queue"):
        list(bench(config).play_faulty(image, samples, faults))


def test_two_events_of_one_axon_are_refused() -> None:
    """Only a fault doubles an event."""
    config = build(DelayUnit.RING)
    network = Network(
        axons=1, neurons=Neurons(count=1, state_bits=15, threshold=5), source=[0], target=[0], delay=[0], weight=[1],
        readout=Readout(neurons=(0,)),
    )  # fmt: skip
    image = compile_network(replace(network, max_steps=9), config)
    with pytest.raises(InputError, match="step 0: axon 0 occurs 2 times"):
        list(bench(config).play_faulty(image, [[np.array([0, 0])]], FaultList()))
