# SPDX-License-Identifier: Apache-2.0
"""model.image.header: each field is refused when it is complete, with its place and what was expected."""

import re

import pytest

from model.config import preset
from model.image.header import check_start, read_counts, read_geometry, start_bytes
from model.image.records import COUNT_FIELDS, COUNT_START, ImageError, Status
from model.image.stream import Stream
from model.mapping.compiler import compile_network
from tests.model.examples import full_network

CONFIG = preset("odd", state_bits=14)
DATA = compile_network(full_network(), CONFIG).to_bytes()


def changed(at: int, value: bytes) -> bytes:
    return DATA[:at] + value + DATA[at + len(value) :]


def test_the_start_of_an_image() -> None:
    assert len(start_bytes(CONFIG.geometry())) == COUNT_START
    assert DATA.startswith(start_bytes(CONFIG.geometry()))
    check_start(Stream(DATA), start_bytes(CONFIG.geometry()))
    assert read_geometry(Stream(DATA)) == CONFIG.geometry()


@pytest.mark.parametrize(
    ("data", "status", "message"),
    [
        (b"", Status.EMPTY, "at byte 0: the stream is empty"),
        (changed(1, b"x"), Status.BAD_MAGIC, "at byte 1: no Chronaxie image (0x78 where "),
        (changed(4, b"\xff"), Status.BAD_VERSION, "at byte 4: not of version "),
        (DATA[:7], Status.TRUNCATED, "at byte 7: the stream ends in the header"),
        (DATA[: COUNT_START - 1], Status.TRUNCATED, "at byte 27: the stream ends in the header"),
    ],
)
def test_what_is_no_start(data: bytes, status: Status, message: str) -> None:
    with pytest.raises(ImageError, match=re.escape(message)) as caught:
        check_start(Stream(data), start_bytes(CONFIG.geometry()))
    assert caught.value.status is status


def test_another_build_is_named_with_its_number() -> None:
    data = start_bytes(preset("odd", state_bits=14, lanes=5).geometry())
    with pytest.raises(ImageError, match="made for a build with lanes 5, expected 3") as caught:
        check_start(Stream(data), start_bytes(CONFIG.geometry()))
    assert caught.value.status is Status.BAD_BUILD


def counts(data: bytes, *, build: bool = False) -> dict[str, int]:
    return read_counts(Stream(data), CONFIG.geometry(), CONFIG if build else None)


def test_counts() -> None:
    image = compile_network(full_network(), CONFIG)
    found = counts(DATA)
    assert list(found) == [name for name, _ in COUNT_FIELDS]
    assert (found["neurons_used"], found["axons_used"]) == (5, 3)
    assert (found["rows_used"], found["words_used"]) == (image.rows_used, image.words_used)
    assert found["max_steps"] == 77


@pytest.mark.parametrize("name", [name for name, _ in COUNT_FIELDS])
def test_a_count_that_ends_too_soon(name: str) -> None:
    at = COUNT_START
    for each, size in COUNT_FIELDS:
        if each == name:
            with pytest.raises(ImageError, match=f"the stream ends in the header, {name}, record 0 of 1"):
                counts(DATA[: at + size - 1])
        at += size


@pytest.mark.parametrize(
    ("name", "value", "status", "allowed"),
    [
        ("neurons_used", 0, Status.BAD_COUNT, "1..13"),
        ("neurons_used", 14, Status.BAD_COUNT, "1..13"),
        ("axon_levels", 8, Status.BAD_COUNT, "1..7"),
        ("rows_used", 121, Status.BAD_COUNT, "0..120"),
        ("capacity", 151, Status.BAD_CAPACITY, "0..150"),
        ("zero", 1, Status.BAD_COUNT, "0..0"),
    ],
)
def test_a_count_out_of_its_range(name: str, value: int, status: Status, allowed: str) -> None:
    at = COUNT_START
    for each, size in COUNT_FIELDS:
        if each == name:
            data = changed(at, value.to_bytes(size, "little"))
            build = preset("odd", state_bits=14, delay_unit="scdq")
            with pytest.raises(ImageError, match=re.escape(f"{name} must be in {allowed}, not {value}")) as caught:
                read_counts(Stream(data), CONFIG.geometry(), build)
            assert caught.value.status is status
        at += size
