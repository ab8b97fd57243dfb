# SPDX-License-Identifier: Apache-2.0
"""The checks of an image: the right status for everything that can be wrong, in the order of the stream."""

import itertools
from collections.abc import Callable

import numpy as np
import pytest

from model.config import DelayUnit
from model.image.image import Image, ImageError, Status
from model.image.reader import check, reseal
from model.mapping.compiler import compile_network
from model.random_network import random_config, random_network
from tests.model.examples import build, full_network
from tests.model.image.machine import status_of

CONFIG = build()
GOOD = compile_network(full_network(), CONFIG).to_bytes()
IMAGE = Image.from_bytes(GOOD)
NEURON = 11
"""Bytes of a neuron record: state_bits is 14, so three of the fields have 2."""
MASKS = 56 + 5 * NEURON
ROWS = MASKS + IMAGE.axons_used + IMAGE.neurons_used
WORDS = ROWS + IMAGE.rows_used
INFO = WORDS + 3 * IMAGE.words_used
"""Words have 3 lanes of 5 + 2 bits."""


def changed(*changes: tuple[int, int], seal: bool = True) -> bytes:
    """The good image with bytes at offsets replaced."""
    data = bytearray(GOOD)
    for offset, value in changes:
        data[offset] = value
    return reseal(bytes(data)) if seal else bytes(data)


def field(offset: int, value: int, size: int) -> list[tuple[int, int]]:
    return list(enumerate((value & ((1 << 8 * size) - 1)).to_bytes(size, "little"), offset))


def test_the_good_image_arms_either_unit() -> None:
    assert check(GOOD, CONFIG) == Status.ARMED
    assert check(GOOD, CONFIG.with_unit("scdq", 50)) == Status.ARMED


@pytest.mark.parametrize(
    ("offset", "status"),
    [
        *((offset, Status.BAD_MAGIC) for offset in range(4)),
        *((offset, Status.BAD_VERSION) for offset in (4, 5)),
        *((offset, Status.BAD_BUILD) for offset in range(6, 28)),
    ],
)
def test_every_byte_of_the_start_is_compared(offset: int, status: Status) -> None:
    data = changed((offset, GOOD[offset] ^ 0x40))
    assert check(data, CONFIG) == status
    with pytest.raises(ImageError, match=f"image: {status.name} at byte {offset}: "):
        Image.from_bytes(data, CONFIG)
    assert check(data[: offset + 1], CONFIG) == status, "the byte alone decides"


@pytest.mark.parametrize(
    ("offset", "size", "low", "high", "status"),
    [
        (28, 2, 1, 4, Status.BAD_COUNT),
        (30, 2, 1, 7, Status.BAD_COUNT),
        (32, 2, 1, 5, Status.BAD_COUNT),
        (34, 2, 1, 5, Status.BAD_COUNT),
        (36, 4, 0, 20, Status.BAD_COUNT),
        (40, 4, IMAGE.rows_used, 30, Status.BAD_COUNT),
        (44, 4, 0, 1 << 20, Status.BAD_CAPACITY),
        (48, 2, 1, 65535, Status.BAD_COUNT),
        (50, 2, 0, 0, Status.BAD_COUNT),
    ],
)
def test_the_counts_have_ranges(offset: int, size: int, low: int, high: int, status: Status) -> None:
    for value in (low - 1, high + 1, (1 << 8 * size) - 1):
        if 0 <= value < 1 << 8 * size and not low <= value <= high:
            data = changed(*field(offset, value, size))
            assert check(data, CONFIG) == status
            assert check(data[: offset + size], CONFIG) == status
            assert check(data[: offset + size - 1], CONFIG) == Status.TRUNCATED
    for value in (low, high):
        data = changed(*field(offset, value, size))[: offset + size]
        # Another number of rows is right in itself, but shifts the range of the field behind.
        assert check(data, CONFIG) == Status.TRUNCATED


def test_no_rows_means_no_words() -> None:
    assert check(changed(*field(36, 0, 4))[:44], CONFIG) == Status.BAD_COUNT
    assert check(changed(*field(36, 0, 4), *field(40, 0, 4))[:44], CONFIG) == Status.TRUNCATED


def test_the_capacity_is_held_against_the_queues() -> None:
    needed = IMAGE.capacity
    assert check(GOOD, CONFIG.with_unit("scdq", needed)) == Status.ARMED
    assert check(GOOD, CONFIG.with_unit("scdq", needed - 1)) == Status.BAD_CAPACITY
    assert check(GOOD, CONFIG.with_unit("ring", needed - 1)) == Status.ARMED
    with pytest.raises(ImageError, match=rf"BAD_CAPACITY at byte 44: capacity must be in 0\.\.3, not {needed}"):
        Image.from_bytes(GOOD, CONFIG.with_unit("scdq", 3))


@pytest.mark.parametrize(
    ("name", "at", "size", "wrong", "right"),
    [
        ("alpha", 0, 2, (4097, 65535), (0, 4096)),
        ("beta", 2, 2, (4097, 65535), (0, 4096)),
        ("bias", 4, 2, (-8193, 8192), (-8192, 8191)),
        ("threshold", 6, 2, (-8193, 8193), (8192,)),
        ("floor", 8, 2, (-8193, 8192), (-8192, 8191)),
        ("reset", 10, 1, (3, 255), (0, 2)),
    ],
)
def test_parameters_have_ranges(name: str, at: int, size: int, wrong: tuple[int, ...], right: tuple[int, ...]) -> None:
    start = 56 + 2 * NEURON
    for value in wrong:
        data = changed(*field(start + at, value, size))
        assert check(data, CONFIG) == Status.BAD_PARAMETER
        with pytest.raises(ImageError, match=rf"at byte {start}: {name} of neuron 2 must be in .*, not "):
            Image.from_bytes(data, CONFIG)
        assert check(data[: start + NEURON], CONFIG) == Status.BAD_PARAMETER
        assert check(data[: start + NEURON - 1], CONFIG) == Status.TRUNCATED
    for value in right:
        assert check(changed(*field(start + at, value, size), (start + 10, value if at == 10 else 0)), CONFIG) == 2


@pytest.mark.parametrize(("bits", "size"), [(1, 1), (3, 1), (8, 1), (9, 2), (16, 2)])
def test_a_refractory_period_has_the_bits_of_the_build(bits: int, size: int) -> None:
    config = build(refractory_bits=bits)
    image = compile_network(full_network(), config).to_bytes()
    start = 56 + 2 * (NEURON + size)
    for value, right in (((1 << bits) - 1, True), (1 << bits, False), ((1 << 8 * size) - 1, bits == 8 * size)):
        if value < 1 << 8 * size:
            data = bytearray(image)
            data[start + NEURON : start + NEURON + size] = value.to_bytes(size, "little")
            stream = reseal(bytes(data))
            assert check(stream, config) == status_of(stream, config) == (2 if right else Status.BAD_PARAMETER)
    assert check(image[: start + NEURON + size - 1], config) == Status.TRUNCATED
    if bits % 8:
        data[start + NEURON + size - 1] = 255
        with pytest.raises(ImageError, match=rf"at byte {start}: refractory of neuron 2 must be in 0..{2**bits - 1}, "):
            Image.from_bytes(bytes(data), config)


def test_reset_by_subtraction_needs_a_threshold_of_at_least_0() -> None:
    start = 56 + 3 * NEURON
    assert check(changed(*field(start + 6, -1, 2), (start + 10, 1)), CONFIG) == Status.BAD_PARAMETER
    assert check(changed(*field(start + 6, -1, 2), (start + 10, 2)), CONFIG) == Status.ARMED
    assert check(changed(*field(start + 6, 0, 2), (start + 10, 1)), CONFIG) == Status.ARMED


def test_masks_have_no_level_beyond_theirs_and_as_many_bits_as_rows() -> None:
    assert (IMAGE.axon_levels, IMAGE.neuron_levels) == (4, 4)
    stray = changed((MASKS + 1, GOOD[MASKS + 1] | 0x10))
    assert check(stray, CONFIG) == Status.BAD_MASK
    assert check(stray[: MASKS + 2], CONFIG) == Status.BAD_MASK
    more = changed((MASKS + 2, 1))
    assert check(more, CONFIG) == Status.BAD_MASK
    assert check(more[:ROWS], CONFIG) == Status.BAD_MASK
    assert check(more[: ROWS - 1], CONFIG) == Status.TRUNCATED, "the total is found at the last mask"


def test_rows_are_as_long_as_a_lane_has_targets_and_have_all_words() -> None:
    assert CONFIG.targets_per_lane == 3
    long = changed((ROWS + 1, 3))
    assert check(long[: ROWS + 2], CONFIG) == Status.BAD_ROW
    assert check(changed((ROWS + 1, 255)), CONFIG) == Status.BAD_ROW
    more = changed((ROWS + 1, 2))
    assert check(more[:WORDS], CONFIG) == Status.BAD_ROW
    assert check(more[: WORDS - 1], CONFIG) == Status.TRUNCATED, "the total is found at the last row"


def test_words_have_targets_in_range_and_nothing_in_empty_entries() -> None:
    empty = np.argwhere(IMAGE.weights == 0)[0]
    used = np.argwhere(IMAGE.weights)[0]

    def entry(place: np.ndarray, weight: int, target: int, stray: int = 0) -> bytes:
        word, lane = (int(i) for i in place)
        start = WORDS + 3 * word
        value = int.from_bytes(GOOD[start : start + 3], "little")
        value &= ~(127 << 7 * lane)
        value |= (weight | target << 5) << 7 * lane | stray << 21
        return changed(*field(start, value, 3))

    assert check(entry(empty, 0, 1), CONFIG) == Status.BAD_WORD
    assert check(entry(used, 1, 3), CONFIG) == Status.BAD_WORD
    assert check(entry(used, 1, 2), CONFIG) == Status.BAD_WORD, "addresses 6 and up: beyond the 5 neurons used"
    assert check(entry(used, 1, 0), CONFIG) == Status.ARMED
    assert check(entry(used, 1, 0, stray=1), CONFIG) == Status.BAD_WORD
    assert check(entry(used, 1, 3)[:INFO], CONFIG) == Status.BAD_WORD
    with pytest.raises(ImageError, match=r"BAD_WORD at byte \d+: word 0, lane \d: target \d+ must be below 5"):
        Image.from_bytes(entry(used, 1, 3), CONFIG)


def test_the_crc_goes_before_what_follows_the_image() -> None:
    wrong = GOOD[:-1] + bytes([GOOD[-1] ^ 1])
    assert check(wrong, CONFIG) == Status.BAD_CRC
    assert check(wrong + b"x", CONFIG) == Status.BAD_CRC
    assert check(GOOD + b"x", CONFIG) == Status.TRAILING
    with pytest.raises(ImageError, match=rf"TRAILING at byte {len(GOOD)}: 2 bytes behind the image, expected none"):
        Image.from_bytes(GOOD + b"xy", CONFIG)


def test_every_truncation_is_found() -> None:
    assert check(b"", CONFIG) == Status.EMPTY
    for length in range(1, len(GOOD)):
        assert check(GOOD[:length], CONFIG) == Status.TRUNCATED
    with pytest.raises(ImageError, match=r"TRUNCATED at byte 60: the stream ends in the neurons, record 0 of 5"):
        Image.from_bytes(GOOD[:60])
    with pytest.raises(ImageError, match=r"EMPTY at byte 0: the stream is empty, expected an image"):
        Image.from_bytes(b"")


def _mutations(rng: np.random.Generator, data: bytes) -> list[Callable[[], bytes]]:
    def flip() -> bytes:
        # The sections before the info are what a core looks at; half of the flips go there.
        end = len(data) if rng.random() < 0.2 else max(57, len(data) - 200)
        changed = bytearray(data)
        for _ in range(int(rng.integers(1, 4))):
            changed[rng.integers(end)] ^= 1 << int(rng.integers(8))
        return bytes(changed)

    def overwrite() -> bytes:
        changed = bytearray(data)
        changed[rng.integers(28, len(data))] = int(rng.choice([0, 1, 255, 128, int(rng.integers(256))]))
        return reseal(bytes(changed))

    def cut() -> bytes:
        return flip()[: rng.integers(len(data) + 1)]

    def extend() -> bytes:
        return (flip() if rng.random() < 0.5 else data) + bytes(
            rng.integers(0, 256, int(rng.integers(1, 5))).astype(np.uint8)
        )

    return [flip, overwrite, lambda: reseal(flip()), cut, extend]


@pytest.mark.parametrize("seed", range(40))
def test_the_status_is_that_of_a_loader_that_takes_one_byte_at_a_time(seed: int) -> None:
    rng = np.random.default_rng(seed)
    config = random_config(rng, rows=60, synapse_words=60, state_bits=int(rng.choice([5, 7, 8, 15, 16, 23, 31])))
    data = compile_network(random_network(rng, config), config).to_bytes()
    config = config.with_unit(list(DelayUnit)[rng.integers(2)], int(rng.integers(1, 300)))
    mutations = _mutations(rng, data)
    seen = {(check(data, config), status_of(data, config))}
    for mutate in itertools.chain(*[mutations] * 25):
        stream = mutate()
        seen.add((check(stream, config), status_of(stream, config)))
    assert all(mine == theirs for mine, theirs in seen), seen
    assert len(seen) >= 3


def test_the_random_streams_reach_every_status() -> None:
    rng = np.random.default_rng(99)
    seen: set[Status] = set()
    for _ in range(30):
        config = random_config(rng, neurons=20, rows=60, synapse_words=60)
        data = compile_network(random_network(rng, config), config).to_bytes()
        seen |= {check(mutate(), config.with_unit("scdq", 300)) for mutate in _mutations(rng, data) * 10}
    assert seen | {Status.EMPTY} == set(Status) - {Status.LOADING}


def test_a_host_without_a_build_takes_it_from_the_header() -> None:
    assert Image.from_bytes(GOOD).geometry == CONFIG.geometry()
    for changes, reason in (
        ([(6, 0)], "no such build exists .core configuration: lanes must be in 1..32, not 0"),
        ([(8, 2)], "codebook must be 0 or 1, not 2"),
        ([(11, 17)], "no such build exists .core configuration: refractory_bits must be in 0..16, not 17"),
        ([(18, 1)], "expected 0, not 1"),
    ):
        with pytest.raises(ImageError, match=rf"BAD_BUILD at byte \d+: {reason}"):
            Image.from_bytes(changed(*changes))
    with pytest.raises(ImageError, match=r"BAD_MAGIC at byte 0: no Chronaxie image \(0x50 where 0x43 was expected\)"):
        Image.from_bytes(b"PK" + GOOD)
    with pytest.raises(ImageError, match="TRUNCATED at byte 10: the stream ends in the header"):
        Image.from_bytes(GOOD[:10])
    with pytest.raises(ImageError, match=r"BAD_BUILD at byte 12: made for a build with neurons 7, expected 8"):
        Image.from_bytes(GOOD, build(neurons=8))
