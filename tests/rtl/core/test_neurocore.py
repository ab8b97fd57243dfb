# SPDX-License-Identifier: Apache-2.0
"""The whole core against the golden model: every spike, every potential, every traced update, every cycle."""

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest

from model.config import CoreConfig, DelayUnit, preset
from model.cost.cycles import CycleModel
from model.encoding import to_events
from model.golden import GoldenCore
from model.image.image import Image
from model.limits import AXONS
from model.mapping.compiler import compile_network, fit
from model.network import UNTIL_END, Network, Neurons, Readout
from model.random_network import random_config, random_network, random_raster
from rtl.core.counters import Flag
from tb.core.bench import EVENTS, CoreBench
from tb.core.scoreboard import expected_counters, golden_trace, mismatches, trace_mismatches
from tb.errors import SimulationError
from tb.player.phase import Phase
from tb.player.play import Backend


@cache
def bench(config: CoreConfig, backend: Backend = "native") -> CoreBench:
    return CoreBench(config, trace=True, backend=backend)


def check(bench: CoreBench, image: Image, samples: list[EVENTS], *, exact_cycles: bool, **options: Any) -> None:
    """Play samples and compare all that the core gives with the golden model and, if asked, the cycle model."""
    network = image.network()
    golden = GoldenCore(network)
    cycles = CycleModel(image, bench.config)
    address = np.argsort(image.order)
    for number, (events, seen) in enumerate(zip(samples, bench.play(image, samples, **options), strict=True)):
        golden.reset()
        expected = golden.run(events)
        assert not seen.flags
        assert [str(m) for m in mismatches(number, expected, seen.result)] == []
        assert seen.trace is not None
        if events:
            assert [str(m) for m in trace_mismatches(number, golden_trace(network, events), seen.trace)] == []
        counters = seen.counters
        counted = expected_counters(network, bench.config.slots, events, expected)
        assert {name: counters[name] for name in counted} == counted
        if exact_cycles:
            predicted = cycles.sample(events, [address[np.flatnonzero(row)] for row in expected.spikes])
            assert (counters["cycles"], counters["synapse_cycles"], counters["synapse_words"]) == (
                predicted.cycles,
                predicted.synapse_cycles,
                predicted.synapse_words,
            )
            assert counters["stalls"] == 0


def random_samples(rng: np.random.Generator, network: Network, count: int) -> list[EVENTS]:
    """Samples from silence to every axon in every step for longer than the longest delay."""
    samples = []
    for rate in (*rng.random(count - 3) ** 2, 0.0, 1.0, 0.2):
        steps = int(rng.integers(0, 40)) if rate not in (0.0, 1.0) else 2 * 12 + 3
        raster = random_raster(rng, network, min(steps, network.max_steps), float(rate))
        samples.append([rng.permutation(events) for events in to_events(raster)])
    return samples


def build(seed: int, unit: DelayUnit) -> CoreConfig:
    """The builds of the random tests: two presets, the second with refractory periods, then any build."""
    queue = 100 if unit is DelayUnit.BITMAP else 2000
    if seed < 2:
        return preset(("tiny", "odd")[seed], delay_unit=unit, queue_depth=queue, refractory_bits=3 * seed)
    lanes = {2: 1, 3: 16, 4: 5}[seed]
    config = random_config(np.random.default_rng(seed), lanes=lanes, codebook=seed == 4)
    return config.with_unit(unit, queue)


@pytest.mark.parametrize("unit", list(DelayUnit))
@pytest.mark.parametrize("seed", range(5))
def test_random_networks(seed: int, unit: DelayUnit) -> None:
    """Several networks on each build, one after another on the same core: with a ready host, and with random waits."""
    config = build(seed, unit)
    rng = np.random.default_rng([seed, 7])
    for density in (0.05, 0.3, 0.9):
        network = random_network(rng, config, density=density, full=density == 0.9)
        image = compile_network(network, config)
        samples = random_samples(rng, network, 6)
        check(bench(config), image, samples, exact_cycles=True)
        check(bench(config), image, samples[:3], exact_cycles=False, idle=0.4, stall=0.5, seed=seed + 1)


@pytest.mark.parametrize("bits", [1, 2, 16])
def test_refractory_periods_of_any_width(bits: int) -> None:
    """From one that is only until the end of sample to one that no sample is long enough for."""
    config = preset("odd", refractory_bits=bits)
    rng = np.random.default_rng(bits)
    network = random_network(rng, config, density=0.4, full=True)
    image = compile_network(network, config)
    samples = [events[:9] for events in random_samples(rng, network, 4)]
    check(bench(config, "amaranth"), image, samples, exact_cycles=True)
    check(bench(config, "amaranth"), image, samples[:2], exact_cycles=False, idle=0.3, stall=0.3)


def test_a_refractory_period_ends_with_its_sample() -> None:
    """Neuron 0 may fire once a sample, neuron 1 not within 3 steps; every sample ends while they rest."""
    network = replace(small_network(), neurons=Neurons(count=2, state_bits=14, threshold=5, refractory=[UNTIL_END, 3]))
    config = preset("tiny", refractory_bits=3)
    image = compile_network(network, config)
    once = [np.array([0])] * 4
    samples = [[*once, np.array([], int), np.array([], int)], once, once, [np.array([], int)], once]
    check(bench(config, "amaranth"), image, samples, exact_cycles=True)
    counts = [GoldenCore(network).run(events).spike_count.tolist() for events in samples]
    assert counts == [[1, 1], [1, 0], [1, 0], [0, 0], [1, 0]]


def test_as_many_axons_as_there_can_be() -> None:
    """A core of a large fabric hears more neurons of others than it has: sources far apart, in one build."""
    axons, rng = AXONS.high, np.random.default_rng(16)
    heard = np.array([0, 1, 4095, 4096, 5000, 8191, 8192, axons - 1])
    count = 3 * len(heard)
    network = Network(
        axons=axons, neurons=Neurons(count=3, alpha=3900, threshold=40), source=np.repeat(heard, 3),
        target=np.tile(np.arange(3), len(heard)), delay=rng.integers(1, 5, count), weight=rng.integers(10, 30, count),
        readout=Readout(neurons=(0, 1, 2)), max_steps=100,
    )  # fmt: skip
    config = fit(network, lanes=2, delay_unit=DelayUnit.SCDQ, capacity=300)
    assert config.axons == axons
    samples = [[rng.permutation(heard[rng.random(len(heard)) < rate]) for _ in range(20)] for rate in (0.2, 1.0)]
    check(bench(config), compile_network(network, config, capacity=300), samples, exact_cycles=True)


SMALLEST = ("neurons", "axons", "delays", "rows", "synapse_words", "lanes", "queue_depth")


@pytest.mark.parametrize("unit", list(DelayUnit))
@pytest.mark.parametrize("field", SMALLEST)
def test_each_size_at_its_smallest(field: str, unit: DelayUnit) -> None:
    """A build with one neuron, one axon, one delay level, ... is a build."""
    sizes = {"neurons": 5, "axons": 4, "delays": 4, "rows": 30, "synapse_words": 30, "lanes": 2, "queue_depth": 30}
    geometry: dict[str, Any] = {"weight_bits": 5, "accumulator_bits": 12, "state_bits": 14, "delay_unit": unit}
    config = CoreConfig(**{**sizes, **geometry, field: 1})
    rng = np.random.default_rng(len(field))
    network = random_network(rng, config, density=0.5, full=True)
    capacity = config.queue_depth if field == "queue_depth" and unit.has_queues else None
    if capacity is not None or (field == "queue_depth" and unit is DelayUnit.BITMAP):
        network = replace_delays(network)
    image = compile_network(network, config, capacity=capacity)
    check(
        bench(config, "amaranth"), image, [events[:6] for events in random_samples(rng, network, 4)], exact_cycles=True
    )


def replace_delays(network: Network) -> Network:
    """The network with the smallest delays only, for a build that can hold no event over a step."""
    keep = network.level == 0
    return replace(network, **{name: getattr(network, name)[keep] for name in ("source", "target", "delay", "weight")})


@pytest.mark.parametrize("neurons", [1, 2, 3, 5])
def test_all_neurons_fire_in_every_step(neurons: int) -> None:
    """The spike FIFO has room for every neuron."""
    every = np.arange(neurons)
    network = Network(
        axons=1,
        neurons=Neurons(count=neurons, state_bits=14, threshold=0),
        source=np.append(every + 1, 0),
        target=np.append(np.roll(every, 1), 0),
        delay=np.ones(neurons + 1, int),
        weight=np.full(neurons + 1, 6),
        readout=Readout(neurons=(0,)),
        max_steps=20,
    )
    config = fit(network, lanes=1, delay_unit="scdq1")
    image = compile_network(network, config)
    check(bench(config, "amaranth"), image, [[np.array([0])] * 9], exact_cycles=True)


@pytest.mark.parametrize("unit", list(DelayUnit))
def test_second_opinion(unit: DelayUnit) -> None:
    """The same on Amaranth's own simulator."""
    config = preset("odd", delay_unit=unit, queue_depth=200 if unit.has_queues else 24, refractory_bits=2)
    rng = np.random.default_rng(11)
    network = random_network(rng, config, density=0.3)
    image = compile_network(network, config)
    samples = [events[:8] for events in random_samples(rng, network, 4)]
    check(bench(config, "amaranth"), image, samples, exact_cycles=True)
    check(bench(config, "amaranth"), image, samples[:1], exact_cycles=False, idle=0.3, stall=0.3)


def test_units_and_lanes_and_orders_agree() -> None:
    """One network on five builds, with events in five orders: the same spikes."""
    rng = np.random.default_rng(5)
    base = preset("odd", delay_unit="scdq", queue_depth=200)
    network = random_network(rng, base, density=0.3)
    samples = random_samples(rng, network, 4)
    builds = [base.with_unit(unit, 200 if unit.has_queues else base.sources) for unit in DelayUnit]
    for config in (*builds, preset("odd", lanes=1, queue_depth=200, synapse_words=450)):
        image = compile_network(network, config)
        shuffled = [[rng.permutation(axons) for axons in events] for events in samples]
        check(bench(config), image, shuffled, exact_cycles=True)


def small_network(weight: int = 5, delay: int = 2) -> Network:
    """Axons 0 and 1 to neuron 0, which drives neuron 1."""
    return Network(
        axons=2,
        neurons=Neurons(count=2, state_bits=14, threshold=5),
        source=[0, 1, 2],
        target=[0, 0, 1],
        delay=[delay, 0, 3],
        weight=[weight, 1, 5],
        readout=Readout(neurons=(1,)),
        max_steps=20,
    )


def test_declared_capacity_overflows_with_a_flag() -> None:
    config = preset("tiny", delay_unit="scdq")
    image = compile_network(small_network(delay=3), config, capacity=1)
    both = [np.array([0]), np.array([0]), np.array([0]), np.array([], int)]
    [outcome] = bench(config).play(image, [both])
    assert outcome.flags == ("OVERFLOW",)
    predicted = CycleModel(image, config).sample(both, [[]] * 4)
    assert outcome.counters["lost_events"] == predicted.lost_events == 2
    assert outcome.counters["queue_peak"] == predicted.queue_peak == 1


@pytest.mark.parametrize("unit", [unit for unit in DelayUnit if unit.has_queues])
def test_spikes_of_the_last_step_are_lost_to_no_result(unit: DelayUnit) -> None:
    """They find a queue of one entry full, in the step that END cuts off; how late END comes makes no difference."""
    config = preset("tiny", delay_unit=unit, delays=10)
    neurons = range(6)
    network = Network(
        axons=1,
        neurons=Neurons(count=6, state_bits=14, threshold=5),
        source=[0] * 6 + [1 + neuron for neuron in neurons],
        target=[*neurons, *[5] * 6],
        delay=[0] * 6 + [10] * 6,
        weight=[5] * 12,
        readout=Readout(neurons=(5,)),
        max_steps=20,
    )
    image = compile_network(network, config, capacity=1)
    none, fires = np.array([], int), np.array([0])
    samples = [[none, none, fires], [none, fires, none], [fires, none, none]]
    golden, cycles = GoldenCore(network), CycleModel(image, config)
    for idle in (0.0, 0.97):
        for events, seen in zip(samples, bench(config).play(image, samples, idle=idle), strict=True):
            golden.reset()
            expected = golden.run(events)
            spikes = [np.flatnonzero(row) for row in expected.spikes]
            assert seen.counters["lost_events"] == cycles.sample(events, spikes).lost_events
            assert [str(m) for m in mismatches(0, expected, seen.result)] == []
            assert seen.flags == (() if len(spikes[-1]) or len(spikes[-2]) else ("OVERFLOW",))


def test_unknown_axons_are_counted_and_ignored() -> None:
    config = preset("tiny")
    image = compile_network(small_network(), config)
    known = [np.array([0]), np.array([1]), np.array([], int)]
    unknown = [np.array([3, 0]), np.array([1, 200]), np.array([2])]
    good, bad = bench(config).play(image, [known, unknown])
    assert not good.flags
    assert bad.flags == ("UNKNOWN_AXON",)
    assert bad.counters["unknown_events"] == 3
    assert np.array_equal(good.result.spikes, bad.result.spikes)
    assert np.array_equal(good.result.potential, bad.result.potential)


def test_a_token_of_no_kind_is_flagged() -> None:
    config = preset("tiny")
    image = compile_network(small_network(), config)
    core = bench(config)
    tokens = core.player.pack("events", {"kind": np.array([3, 1, 2], np.uint64), "axon": np.zeros(3, np.uint64)})
    end = {"spikes": core.player.match("spikes", kind=2)}
    [_, result] = core.player.run(
        [core.load(image.to_bytes(), until={"status": 2}), Phase(inputs={"events": tokens}, until=end)]
    )
    assert result.values["flags"] == 1 << Flag.BAD_TOKEN


def test_too_long_a_sample_is_flagged() -> None:
    config = preset("tiny")
    image = compile_network(small_network(), config)
    fits, beyond = bench(config).play(image, [[np.array([], int)] * 20, [np.array([], int)] * 21])
    assert not fits.flags
    assert beyond.flags == ("TOO_LONG",)


def test_a_repeated_axon_is_asserted() -> None:
    """The bench streams no such thing, so the tokens are packed here: EVENT 1, EOS, EVENT 1, EVENT 0, EVENT 1."""
    config = preset("tiny")
    image = compile_network(small_network(), config)
    core = bench(config)
    fields = {"kind": np.array([0, 1, 0, 0, 0, 1, 2], np.uint64), "axon": np.array([1, 0, 1, 0, 1, 0, 0], np.uint64)}
    sample = Phase(inputs={"events": core.player.pack("events", fields)}, until={"status": 0}, timeout=10_000)
    with pytest.raises(SimulationError, match=r"axon 1 fires twice in step 1"):
        core.player.run([core.load(image.to_bytes(), until={"status": 2}), sample])


def test_a_sample_may_end_in_the_middle_of_a_step() -> None:
    """What is under way at END is dropped: the next sample starts from rest."""
    config = preset("tiny", delay_unit="scdq")
    image = compile_network(small_network(), config)
    core = bench(config)
    whole = [np.array([0]), np.array([1]), np.array([0, 1]), np.array([], int)]
    tokens = core.sample(image, whole)
    [_, first, cut, again] = core.player.run(
        [
            core.load(image.to_bytes(), until={"status": 2}),
            tokens,
            core.unfinished_sample(image, whole[:2], np.array([0, 1])),
            tokens,
        ]
    )
    assert first.outputs["spikes"] == again.outputs["spikes"]
    assert first.outputs["readouts"] == again.outputs["readouts"]
    assert len(cut.outputs["readouts"]) == 2
