# SPDX-License-Identifier: Apache-2.0
"""The fabric against the golden model and the cycle model: any placement, any units, any host, the same spikes."""

import zlib
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
import pytest

from model.config import CoreConfig
from model.delay.registry import DelayUnit
from model.fabric.bundle import Bundle
from model.fabric.config import FabricConfig
from model.fabric.cycles import FabricCycleModel
from model.fabric.mapping import map_network
from model.fabric.records import BundleError
from model.fabric.status import FabricStatus
from model.geometry import Geometry
from model.golden import GoldenCore
from model.image.image import Status
from model.network import Network, Neurons, Readout
from model.random_network import random_network
from rtl.fabric.host_port import FabricFlag
from rtl.fabric.layouts import HostKind
from tb.core.bench import EVENTS
from tb.core.scoreboard import mismatches
from tb.fabric.bench import FabricBench
from tb.player.phase import Phase
from tb.player.play import Backend
from tests.model.fabric.cases import REFUSALS, damaged, samples

GEOMETRY = Geometry(neurons=24, axons=33, delays=7, rows=240, synapse_words=900, lanes=3, weight_bits=5,
                    accumulator_bits=14, state_bits=16)  # fmt: skip
"""Holds all of a random network of nine axons and 24 neurons, so that every placement fits."""
UNITS = tuple(DelayUnit)


def build(units: tuple[DelayUnit, ...], input_depth: int = 256, geometry: Geometry = GEOMETRY) -> FabricConfig:
    cores = tuple(CoreConfig(**geometry.numbers(), delay_unit=unit, queue_depth=57 if unit is DelayUnit.BITMAP else 400)
                  for unit in units)  # fmt: skip
    return FabricConfig(cores=cores, routes=120, axons=12, input_depth=input_depth)


@cache
def bench(units: tuple[DelayUnit, ...], backend: Backend = "native", input_depth: int = 256,
          geometry: Geometry = GEOMETRY) -> FabricBench:  # fmt: skip
    return FabricBench(build(units, input_depth, geometry), backend=backend)


@dataclass(frozen=True)
class Mapped:
    """A network on some cores."""

    network: Network
    bundle: Bundle


def mapped(seed: int, cores: int, nodes: int, density: float = 0.3, geometry: Geometry = GEOMETRY) -> Mapped:
    """A random network, each neuron on any core."""
    rng = np.random.default_rng([seed, cores, nodes])
    whole = CoreConfig(**{**geometry.numbers(), "axons": 9, "rows": 4000})
    network = random_network(rng, whole, density=density, full=True)
    placement = rng.integers(0, cores, network.neurons.count)
    placement[rng.permutation(network.neurons.count)[:cores]] = np.arange(cores)
    return Mapped(network, map_network(network, placement, nodes=nodes, geometry=geometry))


def check(bench: FabricBench, made: Mapped, played: list[EVENTS], *, exact: bool, **options: Any) -> int:
    """Compare everything; returns the cycles in which some core was ahead of a listener."""
    golden, cycles = GoldenCore(made.network), FabricCycleModel(made.bundle, bench.config)
    ahead = 0
    for number, (events, seen) in enumerate(zip(played, bench.play(made.bundle, played, **options), strict=True)):
        expected = golden.run(events)
        assert seen.flags == ()
        assert [str(each) for each in mismatches(number, expected, seen.result)] == []
        predicted = cycles.sample(events, made.bundle.fired(expected.spikes))
        assert tuple(core["synapse_words"] for core in seen.cores) == predicted.synapse_words
        assert tuple(core["ring_tokens"] for core in seen.cores) == predicted.ring_tokens[: made.bundle.cores]
        if exact:
            # The model's host is ahead of the cores after its first step; where it was not, they waited for it.
            late = seen.counters["cycles"] - predicted.cycles
            assert 0 <= late <= sum(core["starved_cycles"] for core in seen.cores)
            assert seen.counters["stalls"] == 0
        ahead += sum(core["ahead_cycles"] for core in seen.cores)
    return ahead


@pytest.mark.parametrize("nodes", [1, 3, 8])
@pytest.mark.parametrize("seed", range(4))
def test_random_networks_anywhere(seed: int, nodes: int) -> None:
    """One to eight cores with all delay units among them: with a ready host, and with random waits."""
    rig = bench(tuple(UNITS[number % len(UNITS)] for number in range(nodes)))
    for density in (0.05, 0.4):
        made = mapped(seed, int(np.random.default_rng(seed).integers(1, nodes + 1)), nodes, density)
        played: list[EVENTS] = list(samples(seed, made.network))
        check(rig, made, played, exact=True)
        check(rig, made, played[:3], exact=False, idle=0.4, stall=0.5, seed=seed + 1)


@pytest.mark.parametrize("unit", UNITS)
def test_each_delay_unit(unit: DelayUnit) -> None:
    made = mapped(20, 3, 3)
    check(bench((unit,) * 3), made, list(samples(20, made.network)), exact=True)


@pytest.mark.cocotb
def test_cocotb() -> None:
    """The same with the phases started by cocotb."""
    made = mapped(31, 2, 2)
    check(bench(tuple(UNITS[:2]), "cocotb"), made, list(samples(31, made.network))[:4], exact=True)


def test_second_opinion() -> None:
    """The same on Amaranth's own simulator."""
    made = mapped(30, 2, 2)
    played: list[EVENTS] = [sample[:6] for sample in samples(30, made.network, (0.3, 0.0))]
    check(bench((DelayUnit.SCDQ, DelayUnit.RING), "amaranth"), made, played, exact=True)
    check(bench((DelayUnit.SCDQ, DelayUnit.RING), "amaranth"), made, played, exact=False, idle=0.3, stall=0.3)


def test_refractory_periods() -> None:
    """Neurons rest on two cores as on one, and are awake when the next sample begins."""
    geometry = replace(GEOMETRY, refractory_bits=2)
    made = mapped(31, 2, 2, geometry=geometry)
    assert made.bundle.network().neurons.refractory.any()
    rig = bench((DelayUnit.HYBRID, DelayUnit.RING), "amaranth", geometry=geometry)
    check(rig, made, [sample[:8] for sample in samples(31, made.network, (0.3, 1.0, 0.0))], exact=True)


def test_a_short_queue_of_host_tokens_changes_no_spike() -> None:
    """Cores that run apart hold up the host's tokens for each other: slower, and all the same."""
    rig = bench((DelayUnit.RING, DelayUnit.BITMAP, DelayUnit.RING), input_depth=2)
    made = mapped(40, 3, 3, 0.4)
    check(rig, made, list(samples(40, made.network)), exact=False)


def test_cores_that_are_not_in_use_hold_up_nobody() -> None:
    """The host's tokens pass them, whatever their tables hold of bundles before."""
    rig = bench((DelayUnit.RING, DelayUnit.BITMAP, DelayUnit.RING), input_depth=2)
    full, part = mapped(41, 3, 3, 0.4), mapped(42, 1, 3, 0.4)
    armed = {"until": {"status": int(FabricStatus.ARMED)}}
    (sample,) = samples(42, part.network, (0.6,))
    phases = [rig.load(full.bundle.to_bytes(), **armed), rig.load(part.bundle.to_bytes(), **armed)]
    after = rig.player.run([*phases, rig.sample(part.bundle, list(sample), 1)], timeout=200_000)
    seen = rig.outcome(part.bundle, list(sample), after[-1], after[-2].values)
    assert seen.flags == ()
    assert list(mismatches(0, GoldenCore(part.network).run(sample), seen.result)) == []
    two = mapped(43, 2, 3, 0.4)
    check(rig, two, list(samples(43, two.network)), exact=False)


def test_a_token_inside_of_a_bundle() -> None:
    """It is dropped and flagged, for a host that mixes them up; the bundle goes on and is right."""
    rig, made = bench(FOUR), small()
    token = rig.player.pack("host", {"kind": HostKind.EOS, "data": 0, "last": 0})
    stream = rig.load(made.bundle.to_bytes()).inputs["host"]
    mixed = [*stream[:50], token, *stream[50:]]
    (seen,) = rig.player.run([rig.load(made.bundle.to_bytes(), inputs={"host": mixed})])
    assert FabricStatus(seen.values["status"]) is FabricStatus.ARMED
    assert (seen.values["dropped_tokens"], seen.values["flags"]) == (1, 1 << FabricFlag.NOT_ARMED)


def test_a_sample_right_behind_a_bundle_is_held() -> None:
    rig, made = bench(FOUR), small()
    (sample,) = samples(44, made.network, (0.5,))
    played = rig.sample(made.bundle, list(sample), 1)
    stream = [*rig.load(made.bundle.to_bytes()).inputs["host"], *played.inputs["host"]]
    (seen,) = rig.player.run([Phase(inputs={"host": stream}, until={"samples": 1}, timeout=100_000)])
    assert (seen.values["dropped_tokens"], seen.values["flags"]) == (0, 0)


def layers(count: int, width: int) -> Network:
    """A chain of layers in which every neuron fires in every step once spikes come."""
    source = np.concatenate([[0] * width, *(1 + layer * width + np.arange(width) for layer in range(count - 1))])
    return Network(
        axons=1,
        neurons=Neurons(count=count * width, state_bits=16, threshold=1),
        source=source,
        target=np.arange(count * width),
        delay=np.concatenate([np.zeros(width, int), np.ones((count - 1) * width, int)]),
        weight=np.ones(count * width, int),
        readout=Readout(neurons=(0,)),
        max_steps=40,
    )


def test_a_pipeline_overlaps() -> None:
    """Of three layers on three cores, the first is at work on a later step than the second, which it is ahead of."""
    network = layers(3, 8)
    made = Mapped(network, map_network(network, np.arange(24) // 8, geometry=GEOMETRY))
    rig = bench((DelayUnit.SCDQ,) * 3)
    events = [np.array([0])] * 12
    assert check(rig, made, [events], exact=True) > 0
    spikes = GoldenCore(network).run(events).spikes
    predicted = FabricCycleModel(made.bundle, rig.config).sample(events, made.bundle.fired(spikes))
    begins, ends = np.array(predicted.begins), np.array(predicted.ends)
    assert (begins[0, 2:] < ends[1, 1:-1]).all()
    # Twelve steps take far less than three times what a core alone needs for them.
    alone = Mapped(network, map_network(network, np.zeros(24, int), nodes=3, geometry=GEOMETRY))
    one = FabricCycleModel(alone.bundle, rig.config).sample(events, alone.bundle.fired(spikes))
    assert predicted.cycles < 1.2 * one.cycles


def small() -> Mapped:
    """A bundle whose fields ``tests.model.fabric.test_bundle`` damages."""
    return mapped(7, 3, 4)


FOUR = (DelayUnit.RING,) * 4


@pytest.mark.parametrize("case", range(len(REFUSALS)))
def test_refusals_are_those_of_the_host(case: int) -> None:
    """A damaged bundle: the status that the reader gives, no output, and the next bundle runs."""
    field, value, _, _ = REFUSALS[case]
    rig, made = bench(FOUR), small()
    data = damaged(made.bundle, field, value)
    expected = FabricStatus.ARMED
    try:
        Bundle.from_bytes(data, rig.config)
    except BundleError as error:
        expected = error.status
    (refused,) = rig.player.run([rig.load(data)])
    assert FabricStatus(refused.values["status"]) is expected
    assert not refused.outputs["out"]


def test_no_bundle_no_result() -> None:
    """Cut, longer, or of another CRC: refused; tokens of samples are dropped and flagged until a bundle is right."""
    rig, made = bench(FOUR), small()
    data = made.bundle.to_bytes()
    token = rig.player.pack("host", {"kind": HostKind.EOS, "data": 0, "last": 0})
    for wrong, status in (
        (data[:5], FabricStatus.TRUNCATED),
        (data[:-1], FabricStatus.TRUNCATED),
        (data + b"x", FabricStatus.TRAILING),
        (data[:-1] + bytes([data[-1] ^ 1]), FabricStatus.BAD_CRC),
    ):
        with pytest.raises(BundleError) as caught:
            Bundle.from_bytes(wrong, rig.config)
        assert caught.value.status is status
        phases = [rig.load(wrong), Phase(inputs={"host": [token] * 3}, cycles=100)]
        phases.append(rig.load(data, until={"status": int(FabricStatus.ARMED)}))
        refused, dropped, armed = rig.player.run(phases)
        assert FabricStatus(refused.values["status"]) is status
        assert (dropped.values["dropped_tokens"], dropped.values["flags"]) == (3, 1 << FabricFlag.NOT_ARMED)
        assert not dropped.outputs["out"]
        assert (armed.values["flags"], armed.values["dropped_tokens"]) == (0, 0)


def test_an_axon_that_the_network_does_not_have() -> None:
    rig, made = bench(FOUR), small()
    events = [np.array([0, 9])]
    (outcome,) = rig.play(made.bundle, [events])
    assert outcome.flags == ("UNKNOWN_AXON",)
    assert outcome.counters["unknown_events"] == 1
    assert np.array_equal(outcome.result.spikes, GoldenCore(made.network).run([np.array([0])]).spikes)


@pytest.mark.parametrize("cycles", [40, 300, 777])
def test_a_bundle_in_the_middle_of_a_sample(cycles: int) -> None:
    """It ends the sample, whatever is under way, and the next sample is as after reset."""
    rig, made, other = bench(FOUR), small(), mapped(8, 4, 4)
    sample = list(samples(8, other.network, (0.5,)))
    unfinished = rig.sample(made.bundle, [np.arange(9)] * 20, 1)
    cut = Phase(inputs=unfinished.inputs, cycles=cycles, drain=False, settle=0)
    data = made.bundle.to_bytes(), other.bundle.to_bytes()
    armed = {"until": {"status": int(FabricStatus.ARMED)}}
    phases = [rig.load(data[0], **armed), cut, Phase(cycles=4000), rig.load(data[1], **armed)]
    phases.append(rig.sample(other.bundle, sample[0], 1))
    after = rig.player.run(phases, timeout=200_000)
    seen = rig.outcome(other.bundle, sample[0], after[-1], after[-2].values)
    assert seen.flags == ()
    assert list(mismatches(0, GoldenCore(other.network).run(sample[0]), seen.result)) == []


def test_a_core_that_refuses_its_image_says_why() -> None:
    rig, made = bench(FOUR), small()
    data = damaged(made.bundle, "image magic", 0)
    (refused,) = rig.player.run([rig.load(data)])
    assert refused.values["nodes__0__status"] == Status.BAD_MAGIC
    assert refused.values["nodes__1__status"] == Status.ARMED


def test_crc_of_the_bundle_guards_the_routes() -> None:
    """A changed entry with the old CRC is no bundle."""
    rig, made = bench(FOUR), small()
    data = damaged(made.bundle, "entry", 0)[:-4] + made.bundle.to_bytes()[-4:]
    assert zlib.crc32(data[:-4]).to_bytes(4, "little") != data[-4:]
    (refused,) = rig.player.run([rig.load(data)])
    assert FabricStatus(refused.values["status"]) is FabricStatus.BAD_CRC
