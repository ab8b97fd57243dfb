# SPDX-License-Identifier: Apache-2.0
"""The host's side of a frame: header, payload, CRC-32, COBS; docs/board.md describes them byte by byte."""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from rtl.board.protocol import ANSWER_HEADER, CRC_BYTES, PAYLOAD, Answer, Request

LONGEST = 254
"""Bytes on the line, without the zero at the end, of the longest frame that can be; more are noise."""


@dataclass(frozen=True)
class Frame:
    """A frame of the board that has come undamaged."""

    kind: Answer
    session: int
    number: int
    payload: bytes


def cobs_encoded(data: bytes) -> bytes:
    """``data`` without zero bytes (Cheshire and Baker 1999); the zero that ends a frame is not part of it."""
    coded = bytearray()
    for number, part in enumerate(parts := data.split(b"\0")):
        for start in range(0, len(part) - LONGEST + 1, LONGEST):
            coded += b"\xff" + part[start : start + LONGEST]
        rest = len(part) % LONGEST
        # A full block at the very end stands for no zero, so nothing follows it.
        if rest or not part or number < len(parts) - 1:
            coded += bytes([rest + 1]) + part[len(part) - rest :]
    return bytes(coded)


def cobs_decoded(coded: bytes) -> bytes | None:
    """What ``cobs_encoded`` was given; None for bytes that it never gives."""
    data, place = bytearray(), 0
    while place < len(coded):
        code = coded[place]
        part = coded[place + 1 : place + code]
        if code == 0 or 0 in part or len(part) < code - 1:
            return None
        data += part
        place += code
        if code < LONGEST + 1 and place < len(coded):
            data.append(0)
    return bytes(data)


def request(kind: Request, session: int, number: int, ack: int, payload: bytes = b"") -> bytes:
    """A frame of the host as it goes over the line."""
    if len(payload) > PAYLOAD:
        raise ValueError(f"a payload must have at most {PAYLOAD} bytes, not {len(payload)}")
    body = bytes([kind, session, number, ack]) + payload
    return cobs_encoded(body + zlib.crc32(body).to_bytes(CRC_BYTES, "little")) + b"\0"


class Deframer:
    """Finds the frames of the board in the bytes of the line."""

    def __init__(self) -> None:
        self._begun = bytearray()
        self.rejected = 0
        """Frames that were damaged."""

    def feed(self, data: bytes) -> Iterator[Frame]:
        """The undamaged frames that end in ``data``, with what came before it."""
        self._begun += data
        *ended, self._begun = self._begun.split(b"\0")
        for coded in ended:
            if coded:
                frame = _frame(bytes(coded))
                if frame is None:
                    self.rejected += 1
                else:
                    yield frame
        if len(self._begun) > 2 * LONGEST:
            del self._begun[LONGEST:-LONGEST]  # still too long to be one


def _frame(coded: bytes) -> Frame | None:
    body = cobs_decoded(coded)
    if body is None or len(body) < ANSWER_HEADER + CRC_BYTES or body[0] not in {*Answer}:
        return None
    if zlib.crc32(body[:-CRC_BYTES]) != int.from_bytes(body[-CRC_BYTES:], "little"):
        return None
    return Frame(Answer(body[0]), body[1], body[2], body[ANSWER_HEADER:-CRC_BYTES])
