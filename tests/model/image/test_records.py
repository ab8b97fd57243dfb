# SPDX-License-Identifier: Apache-2.0
"""Numbers and words as bytes, against Python's own."""

import numpy as np
import pytest

from model.image.header import start_bytes
from model.image.records import (
    COUNT_FIELDS,
    COUNT_START,
    HEADER_BYTES,
    bytes_to_integers,
    bytes_to_words,
    integers_to_bytes,
    parameter_bytes,
    refractory_period,
    stored_refractory,
    synapse_word_bytes,
    words_to_bytes,
)
from model.network import UNTIL_END
from model.random_network import random_config
from support.errors import InputError
from tests.model.examples import build


@pytest.mark.parametrize("size", [1, 2, 3, 4])
@pytest.mark.parametrize("signed", [False, True])
def test_integers_round_trip_and_do_not_wrap(size: int, signed: bool) -> None:
    low, high = (-(1 << (8 * size - 1)), (1 << (8 * size - 1)) - 1) if signed else (0, (1 << 8 * size) - 1)
    values = np.array([low, high, 0, 1, high // 3, low // 3])
    data = integers_to_bytes(values, size, signed=signed)
    assert data.tobytes() == b"".join(int(value).to_bytes(size, "little", signed=signed) for value in values)
    assert bytes_to_integers(data, signed=signed).tolist() == values.tolist()
    for value in (low - 1, high + 1):
        with pytest.raises(InputError, match=rf"image: value {value} of record 1 does not fit {size} bytes"):
            integers_to_bytes(np.array([0, value]), size, signed=signed)


@pytest.mark.parametrize("seed", range(20))
def test_words_round_trip_and_lie_as_documented(seed: int) -> None:
    rng = np.random.default_rng(seed)
    config = random_config(rng)
    bits = config.weight_bits
    weight = rng.integers(0, 1 << bits, (40, config.lanes))
    if not config.codebook:
        weight -= 1 << (bits - 1)
    target = rng.integers(0, 1 << config.target_bits, (40, config.lanes))
    data = words_to_bytes(config, weight, target)
    size = synapse_word_bytes(config)
    for number in range(40):
        word = sum(
            ((int(w) % (1 << bits)) | int(t) << bits) << lane * config.entry_bits
            for lane, (w, t) in enumerate(zip(weight[number], target[number], strict=True))
        )
        assert data[number * size :][:size] == word.to_bytes(size, "little")
    back = bytes_to_words(config, np.frombuffer(data, np.uint8).reshape(40, size))
    assert np.array_equal(back[0], weight)
    assert np.array_equal(back[1], target)
    assert not back[2].any()


def test_bits_above_the_last_entry_are_reported() -> None:
    config = build()
    data = np.zeros((2, 3), np.uint8)
    data[1, 2] = 0x20
    assert bytes_to_words(config, data)[2].tolist() == [False, True]
    with pytest.raises(InputError, match="a target index does not fit 2 bits"):
        words_to_bytes(config, np.zeros((1, 3), np.int64), np.full((1, 3), 4))


def test_the_header_has_the_documented_size() -> None:
    assert len(start_bytes(build())) == COUNT_START
    assert COUNT_START + sum(size for _, size in COUNT_FIELDS) == HEADER_BYTES == 56


@pytest.mark.parametrize(
    ("bits", "size"), [(4, 1), (7, 1), (8, 2), (15, 2), (16, 3), (20, 3), (23, 3), (24, 4), (31, 4)]
)
def test_wide_parameters_hold_vmax_plus_1(bits: int, size: int) -> None:
    fields = {name: width for name, width, _ in parameter_bytes(build(state_bits=bits, accumulator_bits=4))}
    assert fields == {"alpha": 2, "beta": 2, "bias": size, "threshold": size, "floor": size, "reset": 1}


@pytest.mark.parametrize(("bits", "size"), [(1, 1), (8, 1), (9, 2), (16, 2)])
def test_refractory_periods_are_in_the_record_of_builds_that_have_any(bits: int, size: int) -> None:
    config = build(refractory_bits=bits)
    assert parameter_bytes(config)[-1] == ("refractory", size, False)
    assert parameter_bytes(config)[:-1] == parameter_bytes(build())
    period = np.array([0, UNTIL_END, (1 << bits) - 2])
    assert stored_refractory(config, period).tolist() == [0, (1 << bits) - 1, (1 << bits) - 2]
    assert refractory_period(config, stored_refractory(config, period)).tolist() == period.tolist()
    assert refractory_period(build(), np.zeros(1, np.int64)).tolist() == [0]
