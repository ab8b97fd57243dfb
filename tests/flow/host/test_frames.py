# SPDX-License-Identifier: Apache-2.0
"""Frames in Python: COBS as published, and nothing damaged taken for whole."""

import random

import pytest

from flow.host.frames import Deframer, Frame, cobs_decoded, cobs_encoded, request
from rtl.board.protocol import PAYLOAD, Answer, Request


@pytest.mark.parametrize(
    ("data", "coded"),
    [
        (b"\x00", b"\x01\x01"),
        (b"\x00\x00", b"\x01\x01\x01"),
        (b"\x11\x22\x00\x33", b"\x03\x11\x22\x02\x33"),
        (b"\x11\x00\x00\x00", b"\x02\x11\x01\x01\x01"),
        (bytes(range(1, 255)), b"\xff" + bytes(range(1, 255))),
        (bytes(range(255)), b"\x01\xff" + bytes(range(1, 255))),
        (bytes(range(1, 256)), b"\xff" + bytes(range(1, 255)) + b"\x02\xff"),
        (bytes(range(2, 256)) + b"\0", b"\xff" + bytes(range(2, 256)) + b"\x01\x01"),
    ],
)
def test_published_examples(data: bytes, coded: bytes) -> None:
    assert cobs_encoded(data) == coded
    assert cobs_decoded(coded) == data


def test_any_data_comes_back() -> None:
    rng = random.Random(5)
    for _ in range(300):
        data = bytes(rng.choice((0, 1, 255)) for _ in range(rng.randrange(1, 600)))
        coded = cobs_encoded(data)
        assert 0 not in coded
        assert cobs_decoded(coded) == data


@pytest.mark.parametrize("coded", [b"\x03a", b"\x00", b"\x02\x00", b"\xff" + b"a" * 253])
def test_what_is_no_cobs(coded: bytes) -> None:
    assert cobs_decoded(coded) is None


def answer(number: int, payload: bytes = b"\0abc") -> bytes:
    """A frame as of the board, whose header is a byte shorter than the host's: its first byte stands for that one."""
    return request(Answer.TOKENS, 7, number, payload[0], payload[1:])  # type: ignore[arg-type]


def test_frames_in_pieces_and_noise() -> None:
    deframer, line = Deframer(), b"\0\0" + answer(1) + b"noise\0" + answer(2)
    found = [frame for place in range(len(line)) for frame in deframer.feed(line[place : place + 1])]
    assert found == [Frame(Answer.TOKENS, 7, number, b"\0abc") for number in (1, 2)]
    assert deframer.rejected == 1


def test_no_damage_is_overlooked() -> None:
    whole = answer(3)
    for place in range(len(whole) - 1):
        for bit in range(8):
            hurt = bytearray(whole)
            hurt[place] ^= 1 << bit
            assert list(Deframer().feed(bytes(hurt))) == []
        assert list(Deframer().feed(whole[:place] + whole[place + 1 :])) == []
        assert list(Deframer().feed(whole[:place] + whole[place : place + 1] + whole[place:])) == []


def test_endless_noise_is_not_kept() -> None:
    deframer = Deframer()
    for _ in range(100):
        assert list(deframer.feed(b"x" * 1000)) == []
    assert len(deframer._begun) <= 2000
    assert list(deframer.feed(b"\0" + answer(1))) == [Frame(Answer.TOKENS, 7, 1, b"\0abc")]


def test_a_payload_that_is_too_long() -> None:
    with pytest.raises(ValueError, match=f"at most {PAYLOAD} bytes, not {PAYLOAD + 1}"):
        request(Request.IMAGE, 0, 0, 0, bytes(PAYLOAD + 1))
