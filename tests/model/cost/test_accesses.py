# SPDX-License-Identifier: Apache-2.0
"""Counted accesses against the ports of every memory in the RTL, and against the cycle model."""

import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from amaranth.lib.memory import Memory
from amaranth.sim import Simulator

from model.config import CoreConfig, DelayUnit, preset
from model.cost.accesses import AccessModel
from model.cost.cycles import CycleModel
from model.cost.memories import MemoryName
from model.cost.timing import ROW_QUEUE
from model.encoding import Raster, to_events
from model.golden import GoldenCore
from model.image.image import Image
from model.mapping.compiler import compile_network
from model.network import Network, Neurons, Readout
from model.random_network import random_config, random_network, random_raster
from tb.core.bench import CoreBench
from tb.player import amaranth_player

PLACES = {
    "SourceTable.elaborate": [MemoryName.MASKS],
    "SynapseEngine.elaborate": [MemoryName.ROWS, MemoryName.WORDS],
    "AccumulatorBank._lane": [MemoryName.ACCUMULATORS],
    "NeuronEngine.elaborate": [MemoryName.PARAMETERS, MemoryName.STATES],
    "EventQueue._words": [MemoryName.QUEUE],
    "Bitmap._history": [MemoryName.HISTORY],
    "SyncFIFOBuffered.elaborate": [MemoryName.SPIKES],
}
"""The function that makes a memory, and its name; where one makes several, in their order."""


@contextmanager
def watched(monkeypatch: pytest.MonkeyPatch) -> Iterator[Counter[tuple[MemoryName, str]]]:
    """Counts, while a core plays on Amaranth's simulator, the cycles in which each port of each memory is enabled."""
    ports: list[tuple[MemoryName, str, Any]] = []
    made: dict[tuple[str, int], list[Memory]] = {}
    counts: Counter[tuple[MemoryName, str]] = Counter()

    def watch(kind: str) -> Any:
        original = getattr(Memory, f"{kind}_port")

        def port(self: Memory, **options: Any) -> Any:
            result = original(self, **options)
            frame = sys._getframe(1)
            if frame.f_code.co_qualname == "guarded":  # makes it for a block
                assert frame.f_back is not None
                frame = frame.f_back
            if places := PLACES.get(frame.f_code.co_qualname):
                mine = made.setdefault((frame.f_code.co_qualname, id(frame)), [])
                if all(each is not self for each in mine):
                    mine.append(self)
                index = next(i for i, each in enumerate(mine) if each is self)
                ports.append((places[index % len(places)], kind, result.en))
            return result

        return port

    class Counting(Simulator):
        def __init__(self, top: Any) -> None:
            ports.clear()
            made.clear()
            super().__init__(top)

            async def count(ctx: Any) -> None:
                async for _, _, *enabled in ctx.tick().sample(*(enable for _, _, enable in ports)):
                    for (name, kind, _), value in zip(ports, enabled, strict=True):
                        counts[name, kind] += int(value)

            self.add_process(count)

    with monkeypatch.context() as patch:
        for kind in ("read", "write"):
            patch.setattr(Memory, f"{kind}_port", watch(kind))
        patch.setattr(amaranth_player, "Simulator", Counting)
        yield counts


def played(monkeypatch: pytest.MonkeyPatch, image: Image, config: CoreConfig, raster: Raster) -> Counter[Any]:
    """Accesses of one sample in the RTL: those of a run with two, less those of a run with one."""
    total: Counter[Any] = Counter()
    for times in (1, 2):
        with watched(monkeypatch) as counts:
            list(CoreBench(config, backend="amaranth").play(image, [to_events(raster)] * times))
        for key, value in counts.items():
            total[key] += value if times == 2 else -value
    return total


def counted(image: Image, config: CoreConfig, raster: Raster) -> tuple[Counter[Any], AccessModel, Raster]:
    result = GoldenCore(image.network()).run(to_events(raster))
    spikes = result.spikes[:, image.order]
    model = AccessModel(image, config)
    counts: Counter[Any] = Counter()
    for name, accesses in model.sample(raster, spikes).memories.items():
        counts[name, "read"], counts[name, "write"] = accesses.reads, accesses.writes
    return counts, model, spikes


def fading(network: Network) -> Network:
    """The same connections between neurons that are silent without input."""
    count = network.neurons.count
    neurons = Neurons(count=count, state_bits=network.neurons.state_bits, alpha=np.full(count, 2000), threshold=6)
    return replace(
        network, neurons=neurons, weight=np.where(network.source < network.axons, np.abs(network.weight) // 2 + 1, -1)
    )


def differences(seen: Counter[Any], expected: Counter[Any]) -> dict[Any, tuple[int, int]]:
    keys = set(seen) | set(expected)
    return {key: (seen[key], expected[key]) for key in keys if seen[key] != expected[key]}


@pytest.mark.parametrize("unit", list(DelayUnit))
def test_exact_if_nothing_is_under_way_at_the_end(unit: DelayUnit, monkeypatch: pytest.MonkeyPatch) -> None:
    config = preset("odd", delay_unit=unit, queue_depth=200 if unit.has_queues else 24)
    rng = np.random.default_rng(3)
    image = compile_network(fading(random_network(rng, config, density=0.3, full=True)), config)
    raster = random_raster(rng, image.network(), 26, 0.3)
    raster[8:] = False
    expected, _, spikes = counted(image, config, raster)
    assert spikes.sum() > 10
    assert not spikes[-config.delays - 1 :].any()
    assert differences(played(monkeypatch, image, config, raster), expected) == {}


@pytest.mark.parametrize("unit", list(DelayUnit))
def test_what_is_begun_for_a_step_that_never_comes_is_little(unit: DelayUnit, monkeypatch: pytest.MonkeyPatch) -> None:
    """More than what is counted is at most what the row queue and the stages before it take in."""
    config = preset("tiny", delay_unit=unit)
    rng = np.random.default_rng(9)
    image = compile_network(random_network(rng, config, density=0.4, full=True), config)
    raster = random_raster(rng, image.network(), 10, 0.7)
    expected, model, _ = counted(image, config, raster)
    held = model.sample(raster, counted(image, config, raster)[2]).held_peak
    for key, (seen, less) in differences(played(monkeypatch, image, config, raster), expected).items():
        if key == (MemoryName.SPIKES, "read"):  # END drops spikes of the last step
            assert -config.neurons <= seen - less < 0
        else:
            assert key[0] in {MemoryName.MASKS, MemoryName.ROWS, MemoryName.QUEUE, MemoryName.HISTORY}
            assert 0 < seen - less <= ROW_QUEUE + 4 + held + config.neurons


@pytest.mark.parametrize("seed", range(8))
def test_agrees_with_the_cycle_model(seed: int) -> None:
    rng = np.random.default_rng(seed)
    config = random_config(rng, queue_depth=5000)
    network = random_network(rng, config, density=float(rng.random()))
    image = compile_network(network, config)
    raster = random_raster(rng, network, 40, float(rng.random() ** 2))
    result = GoldenCore(network).run(to_events(raster))
    spikes = result.spikes[:, image.order]
    for unit in DelayUnit:
        built = config.with_unit(unit, 5000)
        seen = AccessModel(image, built).sample(raster, spikes)
        cycles = CycleModel(image, built).sample(to_events(raster), to_events(spikes))
        assert seen.words == cycles.synapse_words
        if unit.has_queues:
            assert seen.held_peak == cycles.queue_peak
        if built.slots == 1:
            assert seen.operations == result.synaptic_operations


def test_slots_in_use_by_hand() -> None:
    """One axon reaches neuron 0 after 3 steps and neuron 1 after 0 and 2."""
    network = Network(
        axons=1, neurons=Neurons(count=2, state_bits=14), source=[0, 0, 0], target=[0, 1, 1], delay=[3, 0, 2],
        weight=[1, 1, 1], readout=Readout(neurons=(1,)), max_steps=20,
    )  # fmt: skip
    config = preset("tiny")
    image = compile_network(network, config)
    raster = np.array([[True], [True], [False], [False], [False]])
    seen = AccessModel(image, config).sample(raster, np.zeros((5, 2), bool))
    # After step 1: neuron 0 waits for steps 3 and 4, neuron 1 for 2 and 3.
    assert seen.slots_peak == 4
    assert AccessModel(image, config.with_unit("bitmap", 9)).sample(raster, np.zeros((5, 2), bool)).held_peak == 2
