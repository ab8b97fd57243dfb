# SPDX-License-Identifier: Apache-2.0
"""Images, right and wrong: the core says about each what the documented checks say, and runs none that is wrong."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from model.config import CoreConfig, DelayUnit, preset
from model.image.image import Status
from model.image.reader import check, reseal
from model.mapping.compiler import compile_network
from model.random_network import random_network, random_raster
from rtl.core.counters import COUNTERS
from tb.core.bench import CoreBench
from tb.player.phase import Phase
from tb.player.play import Backend

BUILDS = {
    "tiny": preset("tiny", delay_unit="scdq", queue_depth=30),
    "odd": preset("odd", delay_unit="ring"),
    "bitmap": preset("odd", delay_unit="bitmap", queue_depth=9),
    "codebook": preset("odd", delay_unit="scdq", queue_depth=60, codebook=True, weight_bits=3, refractory_bits=3),
}


@cache
def bench(name: str, backend: Backend = "native") -> CoreBench:
    return CoreBench(BUILDS[name], trace=True, backend=backend)


def images(rng: np.random.Generator, config: CoreConfig, count: int) -> list[bytes]:
    """Images of random networks, right but for some that need more histories than a bitmap has."""
    found: list[bytes] = []
    while len(found) < count:
        network = random_network(rng, config, density=0.15)
        whole = compile_network(network, config.with_unit("scdq", 1 << 20))
        if config.delay_unit.has_queues and whole.capacity > config.queue_depth:
            whole = replace(whole, capacity=config.queue_depth)
        if config.delay_unit is not DelayUnit.BITMAP or whole.histories <= config.queue_depth or rng.random() < 0.3:
            found.append(whole.to_bytes())
    return found


def damage(rng: np.random.Generator, image: bytes) -> bytes:
    """An image with one thing wrong: truncated, lengthened, bits flipped; half of the flips with a right CRC-32."""
    data = bytearray(image)
    kind = rng.integers(4)
    if kind == 0:
        return bytes(data[: rng.integers(1, len(data))])
    if kind == 1:
        return bytes(data) + bytes(rng.integers(0, 256, rng.integers(1, 5)).tolist())
    # Flips in the header and in the tables alike: half of them near the beginning.
    for _ in range(rng.integers(1, 4)):
        place = int(rng.integers(60 if rng.random() < 0.5 else len(data)))
        data[min(place, len(data) - 1)] ^= 1 << int(rng.integers(8))
    return reseal(bytes(data)) if kind == 3 else bytes(data)


def statuses(core: CoreBench, streams: list[bytes], idle: float, seed: int) -> list[int]:
    """What the core says of each image; nothing may leave it meanwhile."""
    results = core.player.run([core.load(data) for data in streams], idle=idle, seed=seed)
    for result in results:
        assert result.outputs["spikes"] == result.outputs["readouts"] == result.outputs["trace"] == []
    return [result.values["status"] for result in results]


@pytest.mark.parametrize(
    ("name", "backend", "count", "idle"),
    [("tiny", "native", 300, 0.0), ("odd", "native", 200, 0.2), ("codebook", "native", 200, 0.0),
     ("bitmap", "native", 200, 0.0),
     ("tiny", "amaranth", 12, 0.1)],
)  # fmt: skip
def test_random_damage(name: str, backend: Backend, count: int, idle: float) -> None:
    rng = np.random.default_rng(3)
    config = BUILDS[name]
    good = images(rng, config, 5)
    streams = [good[0]] + [
        damage(rng, good[rng.integers(5)]) if rng.random() < 0.8 else good[rng.integers(5)] for _ in range(count)
    ]
    expected = [int(check(data, config)) for data in streams]
    assert statuses(bench(name, backend), streams, idle, 1) == expected
    if backend == "native":
        assert len(set(expected)) >= 9, "the damage is too tame"


def flipped(image: bytes, place: int, value: int) -> bytes:
    """The image with one byte set, and a right CRC-32."""
    data = bytearray(image)
    data[place] = value
    return reseal(bytes(data))


def test_each_status() -> None:
    config = BUILDS["tiny"]
    rng = np.random.default_rng(4)
    network = random_network(rng, config, density=0.3, full=True)
    image = compile_network(network, config, capacity=20).to_bytes()
    neurons, masks = 56, 56 + config.neurons * 11
    axon_levels, neuron_levels = image[32], image[34]
    rows = masks + config.axons * -(-axon_levels // 8) + config.neurons * -(-neuron_levels // 8)
    words = rows + int.from_bytes(image[36:40], "little")
    assert int.from_bytes(image[40:44], "little") > 0
    cases = [
        (image, Status.ARMED),
        (flipped(image, 2, ord("X")), Status.BAD_MAGIC),
        (flipped(image, 4, 2), Status.BAD_VERSION),
        (flipped(image, 6, 3), Status.BAD_BUILD),
        (flipped(image, 27, 1), Status.BAD_BUILD),
        (flipped(image, 28, 5), Status.BAD_COUNT),
        (flipped(image, 50, 1), Status.BAD_COUNT),
        (flipped(image, 44, 31), Status.BAD_CAPACITY),
        (flipped(image, neurons + 1, 0x20), Status.BAD_PARAMETER),
        (flipped(image, neurons + 10, 3), Status.BAD_PARAMETER),
        (flipped(image, masks, 0x80), Status.BAD_MASK),
        (flipped(image, rows, 3), Status.BAD_ROW),
        (flipped(image, words + 2, 0xF0), Status.BAD_WORD),
        (image[:-1] + bytes([image[-1] ^ 1]), Status.BAD_CRC),
        (image[:-1], Status.TRUNCATED),
        (image[:1], Status.TRUNCATED),
        (image + b"\0", Status.TRAILING),
        (image, Status.ARMED),
    ]
    assert [Status(code) for code in statuses(bench("tiny"), [data for data, _ in cases], 0.0, 2)] == [
        status for _, status in cases
    ]
    assert [check(data, config) for data, _ in cases] == [status for _, status in cases]


def test_a_refused_image_disarms_and_the_next_good_one_runs() -> None:
    """Events wait while the core is disarmed: not one spike leaves until a good image has come."""
    config, core = BUILDS["tiny"], bench("tiny")
    rng = np.random.default_rng(6)
    network = random_network(rng, config, density=0.3)
    image = compile_network(network, config, capacity=30)
    events = [np.flatnonzero(row) for row in random_raster(rng, network, 10, 0.5)]
    sample = core.sample(image, events)
    good, bad = image.to_bytes(), flipped(image.to_bytes(), 56 + 1, 0xFF)
    runs = core.player.run(
        [
            core.load(good, until={"status": int(Status.ARMED)}),
            sample,
            core.load(bad),
            Phase(inputs=sample.inputs, drain=False, cycles=500),
            core.load(good, drain=False, until={"spikes": core.player.match("spikes", kind=2)}),
        ]
    )
    assert runs[2].values["status"] == Status.BAD_PARAMETER
    assert runs[3].outputs["spikes"] == runs[3].outputs["readouts"] == []
    assert runs[3].values["status"] == Status.BAD_PARAMETER
    assert runs[4].outputs["spikes"] == runs[1].outputs["spikes"]
    assert runs[4].outputs["readouts"] == runs[1].outputs["readouts"]
    assert runs[4].values["cycles"] == runs[1].values["cycles"], "counters begin again with an image"


def test_an_image_in_the_middle_of_a_sample_starts_all_counters_anew() -> None:
    """Whatever the core was doing when the image came: once armed, every counter and flag is 0."""
    config, core = BUILDS["tiny"], bench("tiny")
    rng = np.random.default_rng(9)
    network = random_network(rng, config, density=0.6, full=True)
    image = compile_network(network, config, capacity=1)
    sample = core.sample(image, [np.flatnonzero(row) for row in random_raster(rng, network, 12, 0.9)])
    load = core.load(image.to_bytes(), until={"status": int(Status.ARMED)}, settle=0)
    tokens = sample.inputs["events"]
    for count in range(1, len(tokens) - 1, 2):
        loaded = core.player.run([load, Phase(inputs={"events": tokens[:count]}), load])[2]
        left = {name: loaded.values[name] for name in (*COUNTERS, "flags")}
        assert not any(left.values()), f"after {count} tokens: {left}"


def test_an_image_aborts_a_sample() -> None:
    """An image may come in the middle of a sample: what was under way is gone."""
    config, core = BUILDS["tiny"], bench("tiny")
    rng = np.random.default_rng(8)
    network = random_network(rng, config, density=0.5)
    image = compile_network(network, config, capacity=30)
    events = [np.flatnonzero(row) for row in random_raster(rng, network, 8, 0.7)]
    sample = core.sample(image, events)
    load = core.load(image.to_bytes(), until={"status": int(Status.ARMED)})
    tokens = sample.inputs["events"]
    part = Phase(inputs={"events": tokens[: len(tokens) // 2]}, settle=30)
    _, whole, _, _, again = core.player.run([load, sample, part, load, sample])
    assert again.outputs["spikes"] == whole.outputs["spikes"]
    assert again.outputs["readouts"] == whole.outputs["readouts"]
