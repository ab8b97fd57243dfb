# SPDX-License-Identifier: Apache-2.0
"""The bench of the core: what it makes of the core's outputs, in the network's own numbers; what it does not stream."""

import re
from collections.abc import Callable
from functools import cache

import numpy as np
import pytest

from model.config import preset
from model.encoding import to_events
from model.golden import GoldenCore
from model.image.image import Image, Status
from model.mapping.compiler import compile_network
from model.random_network import random_network, random_raster
from rtl.layouts import Kind
from support.errors import InputError
from tb.core.bench import EVENTS, CoreBench
from tb.errors import SimulationError, SimulationTimeout
from tests.flow.examples import small_image

CONFIG = preset("tiny", delay_unit="scdq", queue_depth=30)


@cache
def bench() -> CoreBench:
    return CoreBench(CONFIG, trace=True, backend="amaranth")


@cache
def image() -> Image:
    return compile_network(random_network(np.random.default_rng(2), CONFIG, density=0.5, full=True), CONFIG)


def spikes(*tokens: tuple[int, int]) -> list[int]:
    """Tokens of the output: kind and neuron."""
    return [bench().player.pack("spikes", {"kind": kind, "neuron": neuron}) for kind, neuron in tokens]


def test_an_outcome_is_in_the_network_s_numbers() -> None:
    network = image().network()
    assert not np.array_equal(image().order, np.arange(len(image().order))), "renumbered, or the test says nothing"
    raster = random_raster(np.random.default_rng(3), network, 8, 0.6)
    events = to_events(raster)
    [outcome] = bench().play(image(), [events])
    golden = GoldenCore(network).run(events)
    assert golden.spikes.any()
    assert np.array_equal(outcome.result.spikes, golden.spikes)
    assert np.array_equal(outcome.result.potential, golden.potential)
    assert outcome.counters["input_events"] == raster.sum()
    assert outcome.flags == ()
    assert outcome.trace is not None
    assert {len(values) for values in outcome.trace.values()} == {8 * network.neurons.count}


@pytest.mark.cocotb
def test_cocotb_sees_the_same() -> None:
    """Spikes, potentials, counters, trace and cycles, with a host that waits."""
    events = [to_events(random_raster(np.random.default_rng(seed), image().network(), 6, 0.5)) for seed in range(3)]
    played = [list(CoreBench(CONFIG, trace=True, backend=backend).play(image(), events, idle=0.3, stall=0.4, seed=5))
              for backend in ("cocotb", "native")]  # fmt: skip
    for one, other in zip(*played, strict=True):
        assert np.array_equal(one.result.spikes, other.result.spikes)
        assert np.array_equal(one.result.potential, other.result.potential)
        assert (one.counters, one.flags, one.cycles) == (other.counters, other.flags, other.cycles)
        assert one.trace is not None
        assert other.trace is not None
        assert all(np.array_equal(values, other.trace[name]) for name, values in one.trace.items())


def test_an_image_that_is_refused_ends_the_run() -> None:
    data = bytearray(image().to_bytes())
    data[0] ^= 1
    [result] = bench().player.run([bench().load(bytes(data))])
    assert result.values["status"] == Status.BAD_MAGIC
    with pytest.raises(SimulationTimeout, match="status is 0x10"):
        bench().player.run([bench().load(bytes(data), until={"status": int(Status.ARMED)}, timeout=900)])


@pytest.mark.parametrize(
    ("tokens", "message"),
    [
        ([(Kind.EOS, 0)], "1 ends of step, the last token of kind 1; expected 1, then END"),
        ([(Kind.EOS, 0), (Kind.EOS, 0), (Kind.END, 0)], "2 ends of step, the last token of kind 2; expected 1"),
        ([(Kind.END, 0), (Kind.EOS, 0), (Kind.END, 0)], "1 ends of step"),
        ([(Kind.EVENT, 7), (Kind.EOS, 0), (Kind.END, 0)], r"spike of neuron address 7, expected 0\.\.5"),
        ([(Kind.EVENT, 1), (Kind.EVENT, 1), (Kind.EOS, 0), (Kind.END, 0)], "a neuron is reported twice in a step"),
    ],
)
def test_an_output_that_cannot_be(tokens: list[tuple[int, int]], message: str) -> None:
    with pytest.raises(SimulationError, match=message):
        bench()._spikes(image(), spikes(*tokens), 1)


def test_the_raster_is_by_step_and_network_number() -> None:
    tokens = spikes((Kind.EVENT, 0), (Kind.EOS, 0), (Kind.EVENT, 3), (Kind.EVENT, 5), (Kind.EOS, 0), (Kind.END, 0))
    raster = bench()._spikes(image(), tokens, 2)
    order = image().order
    assert sorted(np.argwhere(raster).tolist()) == sorted([[0, order[0]], [1, order[3]], [1, order[5]]])


CORE = CoreBench(preset("tiny"), backend="amaranth")


def play(events: EVENTS) -> None:
    list(CORE.play(small_image(), [[np.array([0])], events]))


def sample(events: EVENTS) -> None:
    CORE.sample(small_image(), events)


def unfinished(events: EVENTS) -> None:
    CORE.unfinished_sample(small_image(), events[:-1], events[-1])


@pytest.mark.parametrize("stream", [play, sample, unfinished])
@pytest.mark.parametrize(
    ("axons", "message"),
    [
        ([1, 0, 1], "step 1: axon 1 occurs 2 times, expected at most once"),
        ([200, 0, 200, 200], "step 1: axon 200 occurs 3 times, expected at most once"),
        ([-1], "step 1: no axon -1, expected 0..65535"),
        ([1 << 16], "step 1: no axon 65536, expected 0..65535"),
        ([0.5], "step 1: events must be a list of integers, not float64 of shape (1,)"),
    ],
)
def test_events_that_the_contract_refuses(
    stream: Callable[[EVENTS], None], axons: list[int], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(*_: object, **__: object) -> None:
        raise AssertionError("streamed")

    monkeypatch.setattr(CORE.player, "stream", run)
    where = "sample 1: " if stream is play else ""
    with pytest.raises(InputError, match=f"^{re.escape(where + message)}$"):
        stream([np.array([1]), np.array(axons)])
