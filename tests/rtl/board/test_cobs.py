# SPDX-License-Identifier: Apache-2.0
"""COBS decoding in RTL against the one of the host."""

from typing import Any

import numpy as np
import pytest

from flow.host.frames import cobs_decoded, cobs_encoded
from rtl.board.cobs import CobsDecoder
from tests.rtl.simulate import simulate


def decoded(line: bytes) -> list[tuple[bytes, bool]]:
    """The frames that the RTL finds in the bytes of a line, and whether each is whole."""
    decoder = CobsDecoder()
    found: list[tuple[bytes, bool]] = []
    frame = bytearray()

    async def bench(ctx: Any) -> None:
        for byte in (*line, None):
            ctx.set(decoder.strobe, int(byte is not None))
            ctx.set(decoder.byte, byte or 0)
            await ctx.tick()
            if ctx.get(decoder.valid):
                frame.append(ctx.get(decoder.data))
            if ctx.get(decoder.end):
                found.append((bytes(frame), bool(ctx.get(decoder.whole))))
                frame.clear()

    simulate(decoder, bench)
    return found


@pytest.mark.parametrize(
    "frame", [b"\0", b"\0\0", b"a", b"a\0", b"\0a", b"abc\0\0de", bytes(range(1, 255)), bytes(range(256)), b"x" * 253]
)
def test_every_shape(frame: bytes) -> None:
    assert decoded(cobs_encoded(frame) + b"\0") == [(frame, True)]


def test_frames_one_after_another() -> None:
    """Also with zero bytes between them, which mean nothing."""
    assert decoded(b"\0" + cobs_encoded(b"ab") + b"\0\0\0" + cobs_encoded(b"\0c") + b"\0") == [
        (b"ab", True),
        (b"\0c", True),
    ]


def test_a_frame_that_is_cut_off() -> None:
    assert [whole for _, whole in decoded(b"\x05ab\0" + cobs_encoded(b"next") + b"\0")] == [False, True]


def test_any_bytes_are_judged_as_by_the_host() -> None:
    rng = np.random.default_rng(4)
    for _ in range(20):
        coded = rng.integers(1, 8, rng.integers(1, 12)).astype(np.uint8).tobytes()
        expected = cobs_decoded(coded)
        ((frame, whole),) = decoded(coded + b"\0")
        assert whole == (expected is not None)
        assert expected is None or frame == expected
